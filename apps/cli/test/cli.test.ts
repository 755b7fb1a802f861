import { writeNpy } from '@zeroskip/batch';
import { Tensor } from '@zeroskip/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { twoConvolutionsModel, unknownOperatorModel } from './support/network.ts';
import { networkFolder, zeroskip } from './support/zeroskip.ts';

const { folder, run } = networkFolder();

beforeAll(() => {
  const broken = {
    'text.onnx': 'hello, this is no model\n',
    'empty.onnx': '',
    'cut.onnx': twoConvolutionsModel().subarray(0, 900),
    'odd.onnx': unknownOperatorModel(),
    'notes.jpg': 'notes',
    'notes.npy': 'notes',
    'v.npy': writeNpy(new Tensor('float32', [1])),
    'shapes.txt': 'conv1 3 x\n',
  };
  for (const [name, data] of Object.entries(broken)) folder.write(name, data);
});

describe('broken input ends in one sentence', () => {
  const one = (err: string) => expect(err).toMatch(/^zeroskip: [^\n]+[.?!)]\n$/);

  const failures: [string, string, RegExp][] = [
    ['a missing model', 'bench @none.onnx --input @x.npy', /for the model, .*no such file/],
    ['a folder for a model', 'bench @. --input @x.npy', /a folder/],
    ['a text file for a model', 'bench @text.onnx --input @x.npy', /./],
    ['an empty model', 'run @empty.onnx --input @x.npy --output y.npy', /./],
    ['a truncated model', 'bench @cut.onnx --input @x.npy', /./],
    ['an unknown operator', 'bench @odd.onnx --input @x.npy', /relu.*Frobnicate|Frobnicate.*relu/],
    ['a missing input', 'bench @model.onnx --input @none.png', /for --input, .*no such file/],
    ['a text file for an image', 'bench @model.onnx --input @notes.jpg', /cannot be decoded/],
    ['a text file for an array', 'bench @model.onnx --input @notes.npy', /magic/],
    [
      'an folder.array of another shape',
      'bench @model.onnx --input @v.npy',
      /float32 1 × 3 × 16 × 12, the model's input/,
    ],
    [
      'a plan that is no plan',
      'bench @model.onnx --input @x.npy --plan @x.npy',
      /Expected JSON for the plan/,
    ],
    ['a missing plan', 'bench @model.onnx --input @x.npy --plan @none.json', /for --plan, .*no such file/],
    [
      'a result that cannot be written',
      'run @model.onnx --input @x.npy --output @no/y.npy',
      /writable file for --output/,
    ],
    ...['json', 'csv', 'jsonl', 'markdown', 'html'].map((form): [string, string, RegExp] => [
      `a report that cannot be written as ${form}`,
      `inspect @model.onnx --input @x.npy --${form} @no/report`,
      new RegExp(`writable file for --${form}, .*no such file`),
    ]),
    ...(
      [
        ['inspect', ''],
        ['paper', ''],
        ['roofline', ''],
        ['select', ' -o p.json'],
      ] as const
    ).map(([command, more]): [string, string, RegExp] => [
      `a missing model of ${command}`,
      `${command} @none.onnx --input @x.npy${more}`,
      /for the model, .*no such file/,
    ]),
    [
      'a plan that cannot be written',
      'select @model.onnx --input @x.npy --budget 0.01 -o @no/plan.json',
      /writable file for --output/,
    ],
    ['a missing plan to explain', 'explain @none.json', /the plan, .*no such file/],
    ['a plan of another kind to explain', 'explain @x.npy', /Expected JSON for the plan/],
    ['a missing report', 'compare @a.json @x.npy', /the first report, .*no such file/],
    ['missing shapes', 'layers --shapes @none.txt', /--shapes, .*no such file/],
    ['shapes that are none', 'layers --shapes @shapes.txt', /line 1 of shapes.txt/],
    [
      'an output that the network does not have',
      'run @model.onnx --input @x.npy --output @y.npy --fetch z',
      /Expected one of .*y.* for --fetch/,
    ],
    ['an output that is no picture', 'run @model.onnx --input @x.npy --output @y.png', /use a .npy file/],
  ];
  it.each(failures)('for %s, with status 1', async (_, line, message) => {
    const { status, out, err } = await run(line);
    expect(err).toMatch(message);
    one(err);
    expect({ status, out }).toEqual({ status: 1, out: '' });
  });

  const misuses: [string, string, RegExp][] = [
    [
      'an unknown option',
      'bench @model.onnx --input @x.npy --thread 2',
      /--thread'.*Did you mean --threads\?/,
    ],
    ['an unknown command', 'bensh @model.onnx', /bensh'.*Did you mean bench\?/],
    ['a missing model argument', 'bench --input @x.npy', /model/],
    ['a missing input option', 'bench @model.onnx', /--input/],
    [
      'an unknown algorithm',
      'bench @model.onnx --input @x.npy --algorithms magic',
      /the algorithms are .*im2col/,
    ],
    [
      'an unknown peer',
      'bench @model.onnx --input @x.npy --peers pytorch',
      /Expected one of onnxruntime, onnxruntime-float32 for --peers/,
    ],
    ['threads of 0', 'bench @model.onnx --input @x.npy --threads 0', /Expected an integer from 1 to 1024/],
    ['a number that is none', 'bench @model.onnx --input @x.npy --runs many', /Expected an integer/],
    ['a deviation of 0', 'bench @model.onnx --input @x.npy --std 1,0,1', /other than 0/],
    ['a mean that is no number', 'bench @model.onnx --input @x.npy --mean 1,,2', /numbers/],
    [
      'threads that are no list',
      'bench @model.onnx --input @x.npy --threads 1,two',
      /Expected an integer from 1 to 1024/,
    ],
    ['a time of 0', 'bench @model.onnx --input @x.npy --min-time 0', /above 0/],
    ['an unknown objective', 'select @model.onnx --input @x.npy --objective fun -o p', /fun/],
    [
      'an estimate with a budget',
      'select @model.onnx --input @x.npy --estimate --budget 3 -o p',
      /--estimate.*--budget/,
    ],
    ['an output of another kind', 'run @model.onnx --input @x.npy --output y.txt', /\.npy, \.png or \.json/],
    ['a share that is none', 'compare a b --fail-on 5x', /Expected a share/],
    ['a roofline of two inputs', 'roofline @model.onnx --input @x.npy @photo.jpg', /Expected one file/],
    ['an unknown algorithm of a roofline', 'roofline --algorithms magic', /the algorithms are .*im2col/],
    ['an argument too many', 'list more', /too many arguments/],
    ['a budget of 0', 'select @model.onnx --input @x.npy --budget 0 -o p.json', /above 0/],
    [
      'two inputs for run, and one output',
      'run @model.onnx --input @x.npy @photo.jpg --output y.npy',
      /Expected \{name\} in --output/,
    ],
  ];
  it.each(misuses)('for %s, with status 2', async (_, line, message) => {
    const { status, out, err } = await run(line);
    expect(err).toMatch(message);
    one(err);
    expect({ status, out }).toEqual({ status: 2, out: '' });
  });

  it('shows help on request with status 0, and without a command with status 2', async () => {
    expect(await zeroskip('--help')).toMatchObject({
      status: 0,
      err: '',
      out: expect.stringContaining('bench'),
    });
    expect(await zeroskip('bench', '--help')).toMatchObject({
      status: 0,
      out: expect.stringContaining('Example:'),
    });
    expect(await zeroskip()).toMatchObject({ status: 2, out: '', err: expect.stringContaining('Usage:') });
  });

  it('tells its version', async () => {
    expect(await zeroskip('--version')).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});
