import type { Api, Probes } from '../support/observe.ts';

const data = Float32Array.of(1, 2, 3, 4);
const on = (use: (tensor: InstanceType<Api['Tensor']>, ort: Api) => unknown) => (ort: Api) =>
  use(new ort.Tensor('float32', data, [2, 2]), ort);
const onGpu = (options: object, use: (tensor: InstanceType<Api['Tensor']>) => unknown) => (ort: Api) =>
  use(ort.Tensor.fromGpuBuffer({} as never, { dims: [4], ...options }));

const cpu: Probes = {
  'tensor keeps its typed array': on((tensor) => tensor.data === data),
  'tensor keeps its dims': (ort) => {
    const dims = [2, 2];
    return new ort.Tensor('float32', data, dims).dims === dims;
  },
  'tensor without dims': (ort) => new ort.Tensor(data).dims,
  'tensor of Uint8ClampedArray copies': (ort) => {
    const clamped = Uint8ClampedArray.of(1);
    return new ort.Tensor('uint8', clamped).data.buffer === clamped.buffer;
  },
  'tensor keeps an array of strings': (ort) => {
    const strings = ['a'];
    return new ort.Tensor('string', strings).data === strings;
  },
  'dims, type and size can be set': on((tensor) => {
    const open = tensor as { dims: readonly number[]; type: string; size: number };
    [open.dims, open.type, open.size] = [[4], 'int32', 7];
    return [tensor.dims, tensor.type, tensor.size];
  }),
  'cpuData is what data gives': on((tensor) => {
    Object.assign(tensor, { cpuData: Uint16Array.of(1) });
    return tensor.data;
  }),
  'data cannot be set': on((tensor) => Object.assign(tensor, { data })),
  'keys of a tensor': on((tensor) => Object.keys(tensor)),
  'tensor as JSON': on((tensor) => JSON.parse(JSON.stringify(tensor))),
  'copied fields of a tensor': on((tensor) => Object.assign({}, tensor).data),
  'name of the class': (ort) => (ort.Tensor as unknown as { name: string }).name,
  'class without new': (ort) => (ort.Tensor as unknown as () => unknown)(),
  'tensor through a proxy': on((tensor) => {
    const proxy = new Proxy(tensor, {});
    return [proxy.data, proxy.reshape([4]).dims, proxy.location];
  }),
  'constructor.name': on((tensor) => tensor.constructor.name),
  location: on((tensor) => tensor.location),
  texture: on((tensor) => tensor.texture),
  gpuBuffer: on((tensor) => tensor.gpuBuffer),
  mlTensor: on((tensor) => tensor.mlTensor),
  getData: on((tensor) => tensor.getData()),
  'getData(true)': on(async (tensor) => [await tensor.getData(true), tensor.location]),
  reshape: on((tensor) => tensor.reshape([4, 1])),
  'reshape shares': on((tensor) => tensor.reshape([4]).data === tensor.data),
  'reshape to another size': on((tensor) => tensor.reshape([3])),
  'reshape to nothing': on((tensor) => tensor.reshape(undefined as never)),
  'reshape to -1': on((tensor) => tensor.reshape([-1])),
  'reshape int4': (ort) => new ort.Tensor('uint4', new Uint8Array(2), [4]).reshape([2, 2]),
};

const disposed: Probes = Object.fromEntries(
  (['data', 'texture', 'gpuBuffer', 'mlTensor', 'location', 'dims', 'size', 'type'] as const).map((name) => [
    `disposed: ${name}`,
    on((tensor) => {
      tensor.dispose();
      return tensor[name];
    }),
  ]),
);

const afterDisposal: Probes = {
  ...disposed,
  'disposed: getData': on((tensor) => {
    tensor.dispose();
    return tensor.getData();
  }),
  'disposed: reshape': on((tensor) => {
    tensor.dispose();
    return tensor.reshape([4]);
  }),
  'disposed twice': on((tensor) => {
    tensor.dispose();
    tensor.dispose();
    return tensor.location;
  }),
};

const located: Probes = {
  fromPinnedBuffer: (ort) => ort.Tensor.fromPinnedBuffer('float32', data),
  'fromPinnedBuffer with dims': (ort) => ort.Tensor.fromPinnedBuffer('float32', data, [2, 2]),
  'fromPinnedBuffer of another class': (ort) => ort.Tensor.fromPinnedBuffer('int32', data as never),
  'pinned: getData': (ort) => ort.Tensor.fromPinnedBuffer('float32', data).getData(),
  'pinned: reshape': (ort) => ort.Tensor.fromPinnedBuffer('float32', data).reshape([2, 2]),
  fromTexture: (ort) => ort.Tensor.fromTexture({} as never, { width: 2, height: 3 }),
  'fromTexture without options': (ort) => ort.Tensor.fromTexture({} as never, undefined as never),
  fromGpuBuffer: (ort) => ort.Tensor.fromGpuBuffer({} as never, { dims: [4] }),
  'fromGpuBuffer of int64': (ort) => ort.Tensor.fromGpuBuffer({} as never, { dims: [4], dataType: 'int64' }),
  'fromGpuBuffer of a type that it has not': (ort) =>
    ort.Tensor.fromGpuBuffer({} as never, { dims: [4], dataType: 'float64' as never }),
  'fromGpuBuffer without dims': (ort) => ort.Tensor.fromGpuBuffer({} as never, {} as never),
  fromMLTensor: (ort) => ort.Tensor.fromMLTensor({} as never, { dims: [4], dataType: 'int8' }),
  'GPU: data': onGpu({}, (tensor) => tensor.data),
  'GPU: gpuBuffer': onGpu({}, (tensor) => tensor.gpuBuffer),
  'GPU: texture': onGpu({}, (tensor) => tensor.texture),
  'GPU: getData without a downloader': onGpu({}, (tensor) => tensor.getData()),
  'GPU: getData': onGpu({ download: async () => data }, async (tensor) => [
    await tensor.getData(),
    tensor.location,
    tensor.data === data,
  ]),
  'GPU: getData twice at once': onGpu({ download: async () => data }, (tensor) =>
    Promise.all([tensor.getData(), tensor.getData()]),
  ),
  'GPU: dispose while downloading': onGpu({ download: async () => data }, (tensor) => {
    void tensor.getData();
    tensor.dispose();
  }),
  'GPU: getData(true) disposes of the buffer': (ort) => {
    let disposals = 0;
    const options = { dims: [4], download: async () => data, dispose: () => disposals++ };
    const tensor = ort.Tensor.fromGpuBuffer({} as never, options as never);
    return tensor.getData(true).then(() => disposals);
  },
  'GPU: dispose calls the disposer once': (ort) => {
    let disposals = 0;
    const tensor = ort.Tensor.fromGpuBuffer({} as never, { dims: [4], dispose: () => disposals++ } as never);
    tensor.dispose();
    tensor.dispose();
    return [disposals, tensor.location];
  },
  'GPU: failing download': onGpu({ download: () => Promise.reject(new RangeError()) }, (tensor) =>
    tensor.getData(),
  ),
  'GPU: reshape': onGpu({}, (tensor) => tensor.reshape([2, 2])),
  'GPU: reshape of an owner': onGpu({ dispose: () => undefined }, (tensor) => tensor.reshape([2, 2])),
  'texture: reshape': (ort) => ort.Tensor.fromTexture({} as never, { width: 2, height: 3 }).reshape([24]),
};

export const memberProbes: Probes = { ...cpu, ...afterDisposal, ...located };
