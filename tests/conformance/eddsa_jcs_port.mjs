// Asks Digital Bazaar's eddsa-jcs-2022 cryptosuite whether each proof of a document holds: a JSON document a line in, a
// JSON list of booleans a line out. Run: node eddsa_jcs_port.mjs PATH-OF-node_modules
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

globalThis.self ??= globalThis; // the package's hashing looks for the browser's name of the global object
const require = createRequire(pathToFileURL(`${process.argv[2]}/`));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { createVerifyCryptosuite } = await load("@digitalbazaar/eddsa-jcs-2022-cryptosuite");
const { decode } = await load("base58-universal");
const cryptosuite = createVerifyCryptosuite();

async function holds(document, proof) {
  const id = proof.verificationMethod;
  const [controller, publicKeyMultibase] = id.split("#");
  const verifier = await cryptosuite.createVerifier({ verificationMethod: { id, controller, type: "Multikey", publicKeyMultibase } });
  const data = await cryptosuite.createVerifyData({ cryptosuite, document, proof });
  return verifier.verify({ data, signature: decode(proof.proofValue.slice(1)) });
}

for await (const line of createInterface({ input: process.stdin })) {
  const { proof, ...document } = JSON.parse(line);
  const answers = [];
  for (const one of proof) answers.push(await holds(document, one));
  process.stdout.write(JSON.stringify(answers) + "\n");
}
