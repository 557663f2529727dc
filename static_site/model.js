import { SIDE } from "./normalize.js";
import { vendoredBytes, vendoredModule } from "./vendored.js";

/** The very file that the server reads with; `make site` puts it there for static hosting. */
const ADDRESS = new URL("model/digits.onnx", import.meta.url);

/**
 * @typedef {object} Model
 * @property {string} version As the server gives it; "" where the browser does not hash.
 * @property {(inputs: Float32Array[]) => Promise<number[][]>} probabilities For each picture of
 *   28 x 28 as `normalize` gives it, those of the ten digits.
 */

/**
 * The network in this browser: shared/model.py, on ONNX Runtime's WebAssembly build.
 *
 * @returns {Promise<Model>}
 * @throws {Error} where the browser has no WebAssembly, or a file is missing
 */
export async function loadModel() {
  const [ort, wasmBinary, bytes] = await Promise.all([
    vendoredModule("onnxruntime-web", "dist/ort.wasm.bundle.min.mjs"),
    vendoredBytes("onnxruntime-web", "dist/ort-wasm-simd-threaded.wasm"),
    bytesAt(ADDRESS),
  ]);
  // A digit takes a millisecond: handing it to other threads would cost more.
  Object.assign(ort.env.wasm, { wasmBinary, numThreads: 1 });
  const session = await ort.InferenceSession.create(bytes);
  const [input, output] = [session.inputNames[0], session.outputNames[0]];
  const { shape } = session.inputMetadata[0];
  const temperature = Number(metadata(bytes).get("temperature") ?? 1);

  /** @param {Float32Array[]} inputs */
  const probabilities = async (inputs) => {
    if (!inputs.length) return [];
    const data = new Float32Array(inputs.length * SIDE * SIDE);
    inputs.forEach((each, at) => data.set(each, at * SIDE * SIDE));
    const tensor = new ort.Tensor("float32", data, [inputs.length, ...shape.slice(1)]);
    const logits = (await session.run({ [input]: tensor }))[output].data;
    return inputs.map((_, at) => softmax(logits.subarray(10 * at, 10 * at + 10), temperature));
  };

  await probabilities([new Float32Array(SIDE * SIDE)]); // the first run is the slowest
  return { version: await versionOf(bytes), probabilities };
}

/** @param {URL} address */
async function bytesAt(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} could not be loaded.`);
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * @param {Float32Array} logits
 * @param {number} temperature
 */
function softmax(logits, temperature) {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (each) => Math.exp((each - most) / temperature));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((each) => each / sum);
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function versionOf(bytes) {
  if (!globalThis.crypto?.subtle) return ""; // only pages from https or this machine may hash
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((each) => each.toString(16).padStart(2, "0")).join("").slice(0, 12);
}

/** Numbers of fields in onnx.proto. */
const METADATA_PROPS = 14;
const KEY = 1;
const VALUE = 2;

/**
 * The metadata of an ONNX file, which the runtime keeps to itself in browsers.
 *
 * @param {Uint8Array} file
 * @returns {Map<string, string>}
 */
function metadata(file) {
  const text = new TextDecoder();
  const found = new Map();
  for (const { field, content } of fields(file)) {
    if (field !== METADATA_PROPS) continue;
    const pair = new Map([...fields(content)].map((each) => [each.field, text.decode(each.content)]));
    found.set(pair.get(KEY), pair.get(VALUE));
  }
  return found;
}

/**
 * The fields of a protobuf message that have a length: strings, bytes and messages.
 *
 * @param {Uint8Array} message
 */
function* fields(message) {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at++];
      value += (byte & 127) * shift;
      if (!(byte & 128)) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const [field, kind] = [Math.floor(tag / 8), tag % 8];
    if (kind === 2) {
      const length = varint();
      yield { field, content: message.subarray(at, at + length) };
      at += length;
    } else if (kind === 0) varint();
    else at += kind === 1 ? 8 : 4;
  }
}
