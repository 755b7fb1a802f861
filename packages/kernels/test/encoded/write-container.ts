/** A program: writes the container of a map, told as JSON, to its output. */
import { format, toBytes } from '@zeroskip/formats';

const { id, map, geometry } = JSON.parse(process.argv[2]!);
process.stdout.write(toBytes(format(id).encode({ ...map, data: Float32Array.from(map.data) }, geometry)));
