// Answers JSON cases, one a line, by the functions that the page's verifier calls.
// Run: node verifier_port.mjs PATH-OF-verify.js native|noble
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [, , path, kind] = process.argv;
const verifier = await import(pathToFileURL(path).href);
const engine = await verifier.findEngine(kind === "noble" ? null : globalThis.crypto.subtle);
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (data) => Buffer.from(data).toString("hex");

function ruleOf(work) {
  try { return { ok: true, ...work() }; } catch (error) {
    if (error instanceof verifier.ProfileError) return { ok: false, error: error.rule };
    throw error;
  }
}

const ports = {
  engine: () => ({ hashing: engine.hashing, signing: engine.signing }),
  ed25519: async ({ key, message, signature }) => ({ ok: await engine.verify(bytes(key), bytes(message), bytes(signature)) }),
  canonical: ({ json }) => ruleOf(() => ({ jcs: hex(new TextEncoder().encode(verifier.encode(verifier.decode(bytes(json))))) })),
  inclusion: async ({ index, size, leaf, proof, root }) =>
    ({ ok: await verifier.verifyInclusion(engine, index, size, bytes(leaf), proof.map(bytes), bytes(root)) }),
  entry: ({ entry }) => {
    let text;
    try { text = new TextDecoder("utf-8", { fatal: true }).decode(bytes(entry)); } catch { return { ok: false }; }
    return { ok: verifier.parseEntry(text) !== null };
  },
  base58: ({ text }) => { const data = verifier.fromBase58(text); return { hex: data && hex(data) }; },
  document: async ({ json }) => ({ ok: await verifier.verifyProofs(engine, verifier.decode(bytes(json))) !== null }),
  vkey: async ({ vkey }) => ({ ok: await verifier.parseVkey(engine, vkey) !== null }),
  note: async ({ note, vkeys }) => {
    const known = (await Promise.all(vkeys.map((vkey) => verifier.parseVkey(engine, vkey)))).filter(Boolean);
    const verified = await verifier.verifyNote(engine, note, known);
    return { ok: verified !== null, verified };
  },
  checkpoint: ({ text }) => {
    const parsed = verifier.parseCheckpoint(text);
    return parsed ? { ok: true, origin: parsed.origin, size: parsed.size, root: hex(parsed.root) } : { ok: false };
  },
  bundle: async ({ bundle, vkeys, fragment }) => {
    try {
      return await verifier.verifyBundle(Buffer.from(bundle, "base64"), { vkeys, fragment, engine });
    } catch (error) {
      if (error instanceof verifier.UnreadableBundle) return { unreadable: true };
      throw error;
    }
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, port, ...args } = JSON.parse(line);
  process.stdout.write(JSON.stringify({ id, ...(await ports[port](args)) }) + "\n");
}
