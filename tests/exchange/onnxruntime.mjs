// SPDX-License-Identifier: BSL-1.0
// node onnxruntime.mjs PROGRAM FOLDER MODULES: lets the program (onnx.cpp) export its networks into the folder. ONNX
// Runtime, a node module in folder MODULES, must make of the inputs what Kiln predicted: of all samples in one batch, and
// of the first sample alone.

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [program, folder, modules] = process.argv.slice(2);
const { InferenceSession, Tensor } = createRequire(path.resolve(modules) + "/")("onnxruntime-node");

// Differences of an output, relative to the largest number of that output. Both programs round sums of up to 1352
// products in single precision, each in an order of its own, and functions such as tanh have errors of some units in
// the last place. Whatever is done otherwise than it should be differs in the first digits.
const TOLERANCE = 5e-6;

const product = (sizes) => sizes.reduce((a, b) => a * b, 1);
const fileOf = (name, suffix) => path.join(folder, name + suffix);

// The numbers of each end (an input or an output) of a network, for all samples. A file has for each sample all ends,
// one after the other.
function numbersOf(ends, file) {
  const bytes = fs.readFileSync(file);
  const numbers = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const counts = ends.map((end) => product(end.shape));
  const all = counts.reduce((a, b) => a + b, 0);
  let begin = 0;
  return counts.map((count) => {
    const values = new Float32Array((numbers.length / all) * count);
    for (let n = 0; n * all < numbers.length; ++n)
      values.set(numbers.subarray(n * all + begin, n * all + begin + count), n * count);
    begin += count;
    return values;
  });
}

// Where a number is in a batch of samples of this shape: "sample 3, element [0, 2, 1]".
function place(index, shape) {
  const indices = [];
  for (const size of [...shape].reverse()) {
    indices.unshift(index % size);
    index = Math.floor(index / size);
  }
  return `sample ${index}, element [${indices.join(", ")}]`;
}

// The largest difference of an output, and the fault if there is one.
function compare(end, kiln, runtime, sizes) {
  const expected = [kiln.length / product(end.shape), ...end.shape];
  if (String(sizes) !== String(expected) || runtime.length !== kiln.length)
    return { fault: `output "${end.name}" has sizes [${sizes}], Kiln's has [${expected}]` };
  const largest = kiln.reduce((a, b) => Math.max(a, Math.abs(b)), 0) || 1;
  let difference = 0, at = 0;
  kiln.forEach((value, i) => {
    const distance = Math.abs(value - runtime[i]) / largest;
    if (distance <= difference) return;
    difference = Number.isNaN(distance) ? Infinity : distance;
    at = i;
  });
  if (difference <= TOLERANCE) return { difference, fault: "" };
  const values = `${runtime[at]}, but Kiln predicts ${kiln[at]}`;
  return { difference, fault: `output "${end.name}", ${place(at, end.shape)}: ${values} (tolerance ${TOLERANCE})` };
}

async function judge(name) {
  const { inputs, outputs } = JSON.parse(fs.readFileSync(fileOf(name, ".json")));
  const session = await InferenceSession.create(fileOf(name, ".onnx"), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  for (const [theirs, ends] of [[session.inputNames, inputs], [session.outputNames, outputs]]) {
    const ours = ends.map((end) => end.name);
    if (String(theirs) !== String(ours)) return { fault: `its ends are called [${theirs}], in Kiln [${ours}]` };
  }
  const x = numbersOf(inputs, fileOf(name, ".input"));
  const y = numbersOf(outputs, fileOf(name, ".output"));
  const first = (values, end, samples) => values.slice(0, samples * product(end.shape));
  let largest = 0;
  for (const samples of [x[0].length / product(inputs[0].shape), 1]) {
    const feeds = {};
    for (const [i, end] of inputs.entries())
      feeds[end.name] = new Tensor("float32", first(x[i], end, samples), [samples, ...end.shape]);
    const results = await session.run(feeds);
    for (const [i, end] of outputs.entries()) {
      const { data, dims } = results[end.name];
      const { difference, fault } = compare(end, first(y[i], end, samples), data, dims);
      if (fault) return { difference, fault: `in a batch of ${samples}, ${fault}` };
      largest = Math.max(largest, difference);
    }
  }
  return { difference: largest, fault: "" };
}

// The comparison is checked too: it has to find a number that is wrong, and a NaN, and to say where, and another shape.
function check() {
  const end = { name: "y", shape: [2, 3] };
  const right = new Float32Array(12).map((_, i) => i + 1);
  const faultOf = (index, value) => compare(end, right, right.slice().fill(value, index, index + 1), [2, 2, 3]).fault;
  if (
    faultOf(10, right[10]) !== "" ||
    !faultOf(10, 11.001).includes('output "y", sample 1, element [1, 1]: 11.00') ||
    !faultOf(0, NaN).includes('output "y", sample 0, element [0, 0]: NaN') ||
    !compare(end, right, right, [2, 3, 2]).fault.includes("[2,3,2]")
  )
    throw new Error("the comparison of this script is wrong");
}

check();
fs.rmSync(folder, { recursive: true, force: true });
fs.mkdirSync(folder, { recursive: true });
execFileSync(program, [folder], { stdio: "inherit" });
const files = fs.readdirSync(folder).filter((file) => file.endsWith(".onnx")).sort();
let failures = 0;
for (const file of files) {
  const name = path.basename(file, ".onnx");
  const { difference = NaN, fault } = await judge(name).catch((error) => ({ fault: String(error) }));
  console.log(`${name.padEnd(30)} ${difference.toExponential(1).padStart(8)} ${fault ? `FAILED: ${fault}` : ""}`);
  failures += fault ? 1 : 0;
}
console.log(`${files.length} networks, ${failures} failures`);
process.exitCode = failures > 0 || files.length === 0 ? 1 : 0;
