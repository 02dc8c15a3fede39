// Which answer does this device itself give about a bundle? Bytes in, result out: no page, no network, no storage.
//
// The checks stand in a fixed order and the first that fails ends the work; what follows is "skipped". The Python
// verifier answers the same bundles the same way, and a test holds the two together.
// Formats: RFC 8785 inside our profile, RFC 9162 2.1.3.2, C2SP signed-note and tlog-checkpoint, W3C eddsa-jcs-2022.

export const CHECKS = ["format", "label", "entry", "chain", "body", "signature", "inclusion", "checkpoint", "witness",
  "remembered", "complete"];
const FORMAT = "suxin.bundle/1";
const MAX_ENTRY_BYTES = 60000;
const MAX_STATEMENT_BYTES = 262144;
const MAX_NOTE_CHARACTERS = 1000000;
const MAX_DEPTH = 64;

const utf8 = new TextEncoder();

// ---------------------------------------------------------------- strict JSON

/** The text is outside our profile of JSON; `rule` says which rule it breaks. */
export class ProfileError extends Error {
  constructor(rule) { super(rule); this.rule = rule; }
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const LONE_SURROGATE = /\p{Surrogate}/u; // with the u flag only a surrogate without its partner matches
const STRING = /"[^"\\\u0000-\u001f]*(?:\\.[^"\\\u0000-\u001f]*)*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const SPACE = /[ \t\n\r]*/y;
const NOT_A_NUMBER = /NaN|-?Infinity/y;

/** Reads UTF-8 bytes or a text in any layout. JSON.parse would let duplicate keys, floats and -0 pass in silence. */
export function decode(source) {
  let text = source;
  if (typeof source !== "string") {
    try { text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(source); }
    catch { throw new ProfileError("invalid-utf8"); }
  }
  if (text.startsWith("\ufeff")) throw new ProfileError("bom");
  let at = 0;
  const match = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found;
  };
  const readString = () => {
    const found = match(STRING);
    if (!found) throw new ProfileError("syntax");
    let value;
    try { value = JSON.parse(found[0]); } catch { throw new ProfileError("syntax"); }
    if (LONE_SURROGATE.test(value)) throw new ProfileError("lone-surrogate");
    if (value.includes("\u0000")) throw new ProfileError("nul");
    return value;
  };
  const readNumber = () => {
    if (match(NOT_A_NUMBER)) throw new ProfileError("not-a-number");
    const found = match(NUMBER);
    if (!found) throw new ProfileError("syntax");
    if (found[1] !== undefined || found[2] !== undefined) throw new ProfileError("float");
    if (found[0] === "-0") throw new ProfileError("negative-zero");
    const value = Number(found[0]);
    if (!Number.isSafeInteger(value)) throw new ProfileError("integer-range");
    return value;
  };
  const readList = (depth, close, readMember) => {
    if (depth > MAX_DEPTH) throw new ProfileError("depth");
    at += 1;
    match(SPACE);
    if (text[at] === close) { at += 1; return; }
    for (;;) {
      match(SPACE);
      readMember();
      match(SPACE);
      if (text[at] === close) { at += 1; return; }
      if (text[at] !== ",") throw new ProfileError("syntax");
      at += 1;
    }
  };
  const readValue = (depth) => {
    const first = text[at];
    if (first === "{") {
      const object = Object.create(null); // "__proto__" is an ordinary name here
      readList(depth, "}", () => {
        const key = readString();
        if (/[^\u0000-\u007f]/.test(key)) throw new ProfileError("non-ascii-key");
        if (key in object) throw new ProfileError("duplicate-key");
        match(SPACE);
        if (text[at] !== ":") throw new ProfileError("syntax");
        at += 1;
        match(SPACE);
        object[key] = readValue(depth + 1);
      });
      return object;
    }
    if (first === "[") {
      const list = [];
      readList(depth, "]", () => list.push(readValue(depth + 1)));
      return list;
    }
    if (first === "\"") return readString();
    for (const [word, value] of [["true", true], ["false", false], ["null", null]]) {
      if (text.startsWith(word, at)) { at += word.length; return value; }
    }
    return readNumber();
  };
  match(SPACE);
  const value = readValue(1);
  match(SPACE);
  if (at !== text.length) throw new ProfileError("syntax");
  if (!isObject(value)) throw new ProfileError("not-an-object");
  return value;
}

/** RFC 8785 inside the profile: ASCII keys, so the order of UTF-16 units is the order of bytes. */
export function encode(value) {
  if (Array.isArray(value)) return "[" + value.map(encode).join(",") + "]";
  if (isObject(value)) {
    return "{" + Object.keys(value).sort().map((key) => JSON.stringify(key) + ":" + encode(value[key])).join(",") + "}";
  }
  return JSON.stringify(value);
}

function decodeCanonical(text) {
  const value = decode(text);
  if (encode(value) !== text) throw new ProfileError("not-canonical");
  return value;
}

// ---------------------------------------------------------------- bytes and texts

const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const sameBytes = (left, right) => left.length === right.length && left.every((byte, i) => byte === right[i]);

function concat(...parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all;
}

/** Standard base64 with its padding; null for loose bits, other alphabets, blanks: atob alone is lenient. */
export function fromBase64(text) {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return null;
  const raw = atob(text);
  return btoa(raw) === text ? Uint8Array.from(raw, (char) => char.charCodeAt(0)) : null;
}

/** base64url without padding; null as above. */
export function fromBase64Url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
  return fromBase64(text.replace(/-/g, "+").replace(/_/g, "/") + "=".repeat((4 - (text.length % 4)) % 4));
}

const toBase64Url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** base58btc; null for a character outside its alphabet. */
export function fromBase58(text) {
  let number = 0n;
  for (const char of text) {
    const digit = BASE58.indexOf(char);
    if (digit < 0) return null;
    number = number * 58n + BigInt(digit);
  }
  const zeros = text.match(/^1*/)[0].length;
  const digits = number === 0n ? "" : number.toString(16);
  return concat(new Uint8Array(zeros), fromHex(digits.length % 2 ? "0" + digits : digits));
}

/** The 32 key bytes of a did:key, or null. A canonical reading: the multicodec prefix ed01 and nothing else. */
export function parseDidKey(did) {
  if (typeof did !== "string" || !/^did:key:z[1-9A-HJ-NP-Za-km-z]{40,60}$/.test(did)) return null;
  const bytes = fromBase58(did.slice(9));
  return bytes !== null && bytes.length === 34 && bytes[0] === 0xed && bytes[1] === 0x01 ? bytes.slice(2) : null;
}

const TIME = /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?(?:Z|[+-]([0-9]{2}):([0-9]{2}))$/;

/** RFC 3339 with upper-case T and Z or an offset; a day that the calendar has; no leap second. */
export function isTime(text) {
  const found = typeof text === "string" ? TIME.exec(text) : null;
  if (!found) return false;
  const [year, month, day, hour, minute, second, offsetHour, offsetMinute] = found.slice(1).map((part) => Number(part ?? 0));
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  return day <= days && hour < 24 && minute < 60 && second < 60 && offsetHour < 24 && offsetMinute < 60;
}

// ---------------------------------------------------------------- SHA-256 and Ed25519

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const littleEndian = (bytes) => BigInt("0x" + toHex(Uint8Array.from(bytes).reverse()));
// y of the eight points whose order divides 8. With such a key one signature would hold for every message.
const SMALL_ORDER_Y = new Set([0n, 1n, P - 1n,
  littleEndian(fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")),
  littleEndian(fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"))]);

/** Engines differ on these, so we refuse them before any engine is asked (RFC 8032 5.1.7, strict reading). */
function isSound(key, signature) {
  if (key.length !== 32 || signature.length !== 64) return false;
  if (littleEndian(signature.subarray(32)) >= L) return false;
  return [key, signature.subarray(0, 32)].every((point) => {
    const y = littleEndian(point) & (2n ** 255n - 1n);
    return y < P && !SMALL_ORDER_Y.has(y);
  });
}

async function loadNoble() {
  const [ed, sha] = await Promise.all([import("./noble/ed25519.js"), import("./noble/sha2.js")]);
  ed.hashes.sha512 = sha.sha512;
  return { ed, sha };
}

// RFC 8032 7.1 TEST 1: an engine that says no to this is not asked again.
const KNOWN = ["d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"];

const webVerify = (subtle) => async (key, message, signature) => {
  const imported = await subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  return subtle.verify({ name: "Ed25519" }, imported, signature, message);
};

/**
 * What computes on this device: `{sha256, verify, hashing, signing}`, the last two "webcrypto" or "noble".
 * noble is fetched only where the browser lacks crypto.subtle (plain http) or Ed25519.
 */
export async function findEngine(subtle = globalThis.crypto?.subtle) {
  let noble = null;
  let raw = null;
  let signing = "noble";
  if (subtle) {
    try {
      if (await webVerify(subtle)(fromHex(KNOWN[0]), new Uint8Array(0), fromHex(KNOWN[1]))) {
        raw = webVerify(subtle);
        signing = "webcrypto";
      }
    } catch { /* Ed25519 is unknown here */ }
  }
  if (!subtle || !raw) {
    noble = await loadNoble();
    raw ??= async (key, message, signature) => noble.ed.verify(signature, message, key, { zip215: false });
  }
  return {
    hashing: subtle ? "webcrypto" : "noble",
    signing,
    sha256: subtle ? async (bytes) => new Uint8Array(await subtle.digest("SHA-256", bytes)) : async (bytes) => noble.sha.sha256(bytes),
    verify: async (key, message, signature) => {
      if (!isSound(key, signature)) return false;
      try { return await raw(key, message, signature); } catch { return false; } // a key that is no point
    },
  };
}

// ---------------------------------------------------------------- tree, note, checkpoint

const leafHash = (engine, bytes) => engine.sha256(concat(Uint8Array.of(0), bytes));
const nodeHash = (engine, left, right) => engine.sha256(concat(Uint8Array.of(1), left, right));
const isNatural = (value) => Number.isSafeInteger(value) && value >= 0;

/** RFC 9162 2.1.3.2; a proof of any other length than the tree's shape asks for is refused before hashing. */
export async function verifyInclusion(engine, index, size, leaf, path, root) {
  if (!isNatural(index) || !isNatural(size) || index >= size) return false;
  if ([leaf, root, ...path].some((hash) => hash.length !== 32)) return false;
  const bits = (number) => (number === 0n ? 0 : number.toString(2).length);
  let place = BigInt(index);
  let last = BigInt(size - 1);
  const inner = bits(place ^ last);
  const border = (place >> BigInt(inner)).toString(2).replace(/0/g, "").length;
  if (path.length !== inner + border) return false;
  let hash = leaf;
  for (const sibling of path) {
    if (place & 1n || place === last) {
      hash = await nodeHash(engine, sibling, hash);
      while (!(place & 1n) && place !== 0n) { place >>= 1n; last >>= 1n; }
    } else {
      hash = await nodeHash(engine, hash, sibling);
    }
    place >>= 1n;
    last >>= 1n;
  }
  return last === 0n && sameBytes(hash, root);
}

const KEY_NAME = /^[^\p{White_Space}+\u0000-\u001f]+$/u;

/** `{name, id, type, public}` of a C2SP vkey, or null; its key id must follow from name and key. */
export async function parseVkey(engine, text) {
  const found = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text);
  if (!found || !KEY_NAME.test(found[1])) return null;
  const data = fromBase64(found[3]);
  if (data === null || data.length !== 33 || (data[0] !== 1 && data[0] !== 4)) return null;
  const digest = await engine.sha256(concat(utf8.encode(found[1] + "\n"), data));
  return toHex(digest.subarray(0, 4)) === found[2]
    ? { name: found[1], id: found[2], type: data[0], public: data.subarray(1) } : null;
}

/** Text and signature lines of a C2SP signed note, or null where it is not well formed. */
export function parseNote(note) {
  if (note.length > MAX_NOTE_CHARACTERS || /[\u0000-\u0009\u000b-\u001f]|\p{Surrogate}/u.test(note) || !note.endsWith("\n")) return null;
  const split = note.lastIndexOf("\n\n");
  if (split < 0) return null;
  const lines = note.slice(split + 2, -1).split("\n").map((line) => /^\u2014 ([^ ]+) ([^ ]+)$/u.exec(line));
  const signatures = lines.map((found) => found && { name: found[1], data: fromBase64(found[2]) });
  if (signatures.some((line) => !line || !KEY_NAME.test(line.name) || line.data === null || line.data.length < 5)) return null;
  return { text: note.slice(0, split + 1), signatures };
}

/** Names and types of the known keys that signed; null where the note is malformed or a known key's line fails. */
export async function verifyNote(engine, note, vkeys) {
  const parsed = parseNote(note);
  if (!parsed) return null;
  const verified = [];
  for (const line of parsed.signatures) {
    const key = vkeys.find((known) => known.name === line.name && known.id === toHex(line.data.subarray(0, 4)));
    if (!key) continue; // other people's keys are ignored, their lines may be of types we do not know
    const body = line.data.subarray(4);
    const time = key.type === 4 && body.length === 72 ? new DataView(body.buffer, body.byteOffset).getBigUint64(0) : null;
    const message = key.type === 4 ? `cosignature/v1\ntime ${time}\n${parsed.text}` : parsed.text;
    const holds = (key.type === 1 || time !== null)
      && await engine.verify(key.public, utf8.encode(message), key.type === 4 ? body.subarray(8) : body);
    if (!holds) return null;
    if (!verified.some(([name, type]) => name === key.name && type === key.type)) verified.push([key.name, key.type]);
  }
  return verified;
}

/** `{origin, size, root}` of a checkpoint without extension lines, or null. */
export function parseCheckpoint(text) {
  const found = /^([^\n]+)\n(0|[1-9][0-9]*)\n([^\n]+)\n$/.exec(text);
  const root = found && fromBase64(found[3]);
  return root && root.length === 32 && Number.isSafeInteger(Number(found[2]))
    ? { origin: found[1], size: Number(found[2]), root } : null;
}

// ---------------------------------------------------------------- label, entry, statement

/** `{seq, leaf}` of a label's fragment `1.{seq}.{24 bytes}`, or null. */
export function parseFragment(text) {
  const found = /^1\.(0|[1-9][0-9]{0,9})\.([A-Za-z0-9_-]{32})$/.exec(text);
  const leaf = found && fromBase64Url(found[2]);
  return leaf ? { seq: Number(found[1]), leaf } : null;
}

const CHAIN_ID = /^[A-Za-z0-9_-]{16,43}$/;
const HEX_HASH = /^[0-9a-f]{64}$/;
const RECEIVED = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/;
const isText = (value) => typeof value === "string";
const isChainId = (value) => isText(value) && CHAIN_ID.test(value);
const isHash = (value) => isText(value) && HEX_HASH.test(value);
const hasExactly = (object, names) => isObject(object) && encode(Object.keys(object).sort()) === encode([...names].sort());

/** The members of an envelope, or null where its bytes are not canonical or not of its form. */
export function parseEntry(text) {
  if (utf8.encode(text).length > MAX_ENTRY_BYTES) return null;
  let entry;
  try { entry = decodeCanonical(text); } catch { return null; }
  if (!hasExactly(entry, ["v", "origin", "chain", "seq", "index", "prev", "links", "received", "body"])) return null;
  const isLink = (link) => hasExactly(link, ["chain", "seq", "leaf"])
    && isChainId(link.chain) && link.chain !== entry.chain && isNatural(link.seq) && isHash(link.leaf);
  const sound = entry.v === 1 && isText(entry.origin) && entry.origin !== "" && isChainId(entry.chain)
    && isNatural(entry.seq) && isNatural(entry.index)
    && (entry.seq === 0 ? entry.prev === null : isHash(entry.prev))
    && Array.isArray(entry.links) && entry.links.every(isLink)
    && isText(entry.received) && RECEIVED.test(entry.received) && isTime(entry.received) && isHash(entry.body);
  return sound ? entry : null;
}

const REQUIRED = ["id", "origin", "chain", "kind", "actor", "occurred_at", "payload", "proof"];
const OPTIONAL = ["custody", "recorded_by", "corrects", "reason"];
const STATEMENT_ID = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const PROOF_MEMBERS = ["type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"];

/** The did:key of a proof with the right suite, purpose, time and method, or null. */
function signerOf(proof) {
  if (!isObject(proof) || !isText(proof.proofValue) || !isText(proof.verificationMethod)) return null;
  const at = proof.verificationMethod.indexOf("#");
  const did = proof.verificationMethod.slice(0, Math.max(at, 0));
  const sound = proof.type === "DataIntegrityProof" && proof.cryptosuite === "eddsa-jcs-2022"
    && proof.proofPurpose === "assertionMethod" && isTime(proof.created)
    && parseDidKey(did) !== null && proof.verificationMethod === `${did}#${did.slice(8)}`;
  return sound ? did : null;
}

/** The members of a statement, or null; its proofs have their form, whether they hold is judged later. */
export function parseStatement(text) {
  if (utf8.encode(text).length > MAX_STATEMENT_BYTES) return null;
  let statement;
  try { statement = decodeCanonical(text); } catch { return null; }
  const names = Object.keys(statement);
  const sound = REQUIRED.every((name) => names.includes(name))
    && names.every((name) => REQUIRED.includes(name) || OPTIONAL.includes(name))
    && ["origin", "kind", ...OPTIONAL.filter((name) => names.includes(name))].every((name) => isText(statement[name]) && statement[name] !== "")
    && STATEMENT_ID.test(statement.id) && isChainId(statement.chain) && isChainId(statement.actor)
    && (statement.corrects === undefined || STATEMENT_ID.test(statement.corrects))
    && (statement.custody === undefined || statement.custody === "platform")
    && isTime(statement.occurred_at) && isObject(statement.payload)
    && Array.isArray(statement.proof) && statement.proof.length > 0
    && statement.proof.every((proof) => isObject(proof) && Object.keys(proof).every((name) => PROOF_MEMBERS.includes(name)));
  if (!sound) return null;
  const signers = statement.proof.map(signerOf);
  return signers.includes(null) || new Set(signers).size < signers.length ? null : statement;
}

/** The signers' did:keys where every proof of the document holds, else null. W3C eddsa-jcs-2022, a proof or a set. */
export async function verifyProofs(engine, document) {
  const proofs = Array.isArray(document.proof) ? document.proof : [document.proof];
  if (proofs.length === 0) return null;
  const { proof: _, ...bare } = document;
  const documentHash = await engine.sha256(utf8.encode(encode(bare)));
  const signers = [];
  for (const proof of proofs) {
    const did = signerOf(proof);
    if (did === null || encode(proof["@context"] ?? null) !== encode(document["@context"] ?? null)) return null;
    const { proofValue, ...options } = proof;
    const signature = /^z[1-9A-HJ-NP-Za-km-z]{64,88}$/.test(proofValue) ? fromBase58(proofValue.slice(1)) : null;
    if (signature === null || signature.length !== 64) return null;
    const optionsHash = await engine.sha256(utf8.encode(encode(options)));
    if (!await engine.verify(parseDidKey(did), concat(optionsHash, documentHash), signature)) return null;
    signers.push(did);
  }
  return signers;
}

// ---------------------------------------------------------------- the bundle

/** Not a bundle of ours at all: nothing was checked. */
export class UnreadableBundle extends Error {}

class Fault extends Error {
  constructor(why, chain = null, seq = null, index = null) { super(why); this.why = why; this.chain = chain; this.seq = seq; this.index = index; }
}

const faultAt = (why, item) => new Fault(why, item.entry?.chain ?? item.chain ?? null, item.entry?.seq ?? item.at ?? null, item.entry?.index ?? null);

function checkFormat(bundle) {
  const shape = (holds, where) => { if (!holds) throw new Fault(where); };
  shape(isText(bundle.origin) && bundle.origin !== "", "origin");
  shape(isText(bundle.checkpoint), "checkpoint");
  shape(Array.isArray(bundle.chains) && bundle.chains.length > 0, "chains");
  const seen = new Set();
  for (const chain of bundle.chains) {
    shape(hasExactly(chain, ["chain", "entries", "index", "path"]), "chain-members");
    shape(isChainId(chain.chain) && !seen.has(chain.chain), "chain-id");
    seen.add(chain.chain);
    shape(isNatural(chain.index), "index");
    shape(Array.isArray(chain.path) && chain.path.every((hash) => isText(hash) && fromBase64(hash)?.length === 32), "path");
    shape(Array.isArray(chain.entries) && chain.entries.length > 0, "entries");
    for (const item of chain.entries) {
      const open = hasExactly(item, ["entry", "salt", "statement"]);
      shape(open || hasExactly(item, ["entry"]), "entry-members");
      shape(isText(item.entry), "entry");
      shape(!open || (isText(item.salt) && fromBase64Url(item.salt)?.length === 32 && isText(item.statement)), "salt");
    }
  }
}

/** One work item an entry: texts, hashes and, once their checks passed, the parsed members. */
async function gatherItems(engine, bundle) {
  return Promise.all(bundle.chains.map((chain) => Promise.all(chain.entries.map(async (item, at) => ({
    chain: chain.chain, at, text: item.entry, salt: item.salt, statementText: item.statement,
    leaf: await leafHash(engine, utf8.encode(item.entry)), entry: null, statement: null,
  })))));
}

function checkLabel(label, subject) {
  const item = subject.find((candidate) => {
    try { return decode(candidate.text).seq === label.seq; } catch { return false; }
  });
  if (!item) throw new Fault("label-seq", subject[0].chain, label.seq);
  if (!sameBytes(item.leaf.subarray(0, 24), label.leaf)) throw new Fault("label-leaf", item.chain, label.seq);
}

function checkEntries(origin, chains) {
  for (const item of chains.flat()) {
    item.entry = parseEntry(item.text);
    if (!item.entry) throw faultAt("entry-form", item);
    if (item.entry.origin !== origin || item.entry.chain !== item.chain) throw faultAt("entry-moved", item);
  }
}

function checkChains(bundle, chains) {
  const byPlace = new Map(chains.flat().map((item) => [`${item.chain} ${item.at}`, item]));
  const indices = new Set();
  chains.forEach((items, n) => {
    items.forEach((item, at) => {
      const before = items[at - 1];
      if (item.entry.seq !== at) throw new Fault("chain-seq", item.chain, at);
      if (before && item.entry.prev !== toHex(before.leaf)) throw faultAt("chain-prev", item);
      if (before && item.entry.index <= before.entry.index) throw faultAt("chain-index", item);
      if (indices.has(item.entry.index)) throw faultAt("chain-index", item);
      indices.add(item.entry.index);
      for (const link of item.entry.links) {
        const target = byPlace.get(`${link.chain} ${link.seq}`);
        if (target && (toHex(target.leaf) !== link.leaf || target.entry.index >= item.entry.index)) throw faultAt("chain-link", item);
      }
      if (n > 0 && item.statementText === undefined) throw faultAt("chain-sealed", item);
    });
    if (bundle.chains[n].index !== items.at(-1).entry.index) throw faultAt("chain-newest", items.at(-1));
  });
  const node = chains.find((items) => items[0].entry.index === 0);
  if (!node || node.some((item) => item.statementText === undefined)) throw new Fault("chain-node");
  return node;
}

async function checkBodies(engine, origin, chains) {
  const prefix = utf8.encode("suxin/body/1\n");
  for (const item of chains.flat()) {
    if (item.statementText === undefined) continue;
    const hash = await engine.sha256(concat(prefix, fromBase64Url(item.salt), utf8.encode(item.statementText)));
    if (toHex(hash) !== item.entry.body) throw faultAt("body-hash", item);
    item.statement = parseStatement(item.statementText);
    if (!item.statement) throw faultAt("body-form", item);
    if (item.statement.origin !== origin || item.statement.chain !== item.chain) throw faultAt("body-moved", item);
  }
}

const KEY_PLACES = { key_added: "party_registered", key_revoked: "party_registered", founders_named: "founders_named",
  office_given: "founders_named", office_ended: "founders_named", tables_adopted: "founders_named" };
const BY_OFFICE_HOLDERS = ["office_given", "office_ended", "tables_adopted"];
const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;

/** An act that two different office holders sign with their own keys, or else nobody. */
const needsOfficials = ({ kind, payload }) =>
  BY_OFFICE_HOLDERS.includes(kind) || (kind === "hold_released" && payload.ground === "officials");

/**
 * Judges who signed, in the order of the log, and keeps keys and offices as it goes: a key speaks for its owner where
 * added < index <= revoked, and for an office only where founders named it or two office holders vouched for it. A key
 * that the node alone added never does. The last day of an office ends at 24:00 in Shanghai; one that two office holders
 * ended is no office after that index. Regions are left to the audit: a bundle does not hold all of them.
 */
function checkKeys(chains, node) {
  const genesis = node[0].statement;
  const nodeId = node[0].chain;
  if (genesis.kind !== "genesis" || parseDidKey(genesis.payload.key) === null) throw faultAt("key-genesis", node[0]);
  const keys = new Map([[genesis.payload.key, { owner: nodeId, added: -1, revoked: Infinity, office: Infinity }]]);
  const offices = [];
  let officeChain = null;
  // A sealed entry could be a revocation, also where a party's chain is the subject.
  const opened = new Map(chains.filter((items) => items.every((item) => item.statement))
    .map((items) => [items[0].chain, items[0].statement.kind]));
  const isOfficial = (party) => offices.some((office) => office.party === party);
  const holders = ({ statement, entry }, signers) => statement.custody ? [] : [...new Set(signers
    .filter((key) => key.office < entry.index).map((key) => key.owner)
    .filter((party) => offices.some((office) => office.party === party && !office.ended
      && (office.until === null || entry.received < `${office.until}T16:00:00.000Z`))))];
  const textOf = (item, name) => {
    const value = item.statement.payload[name];
    if (value !== undefined && value !== null && !isText(value)) throw faultAt("key-place", item);
    return value ?? null;
  };
  const changes = {
    key_added: (item, signers) => {
      const { statement, entry } = item;
      const vouched = holders(item, signers).length > 1;
      if (!vouched && isOfficial(item.chain)) throw faultAt("signature-officials", item);
      if (!vouched && ![nodeId, item.chain].includes(statement.actor)) throw faultAt("key-place", item);
      if (parseDidKey(statement.payload.key) === null) throw faultAt("key-place", item);
      if (keys.has(statement.payload.key)) throw faultAt("key-twice", item);
      keys.set(statement.payload.key,
        { owner: item.chain, added: entry.index, revoked: Infinity, office: vouched ? entry.index : Infinity });
    },
    key_revoked: (item, signers) => {
      const { statement, entry } = item;
      const byOfficial = isOfficial(item.chain) && holders(item, signers).includes(statement.actor);
      if (!byOfficial && ![nodeId, item.chain].includes(statement.actor)) throw faultAt("key-place", item);
      const known = keys.get(statement.payload.key);
      if (!known || known.owner !== item.chain || known.revoked !== Infinity) throw faultAt("key-place", item);
      known.revoked = entry.index;
    },
    founders_named: (item, signers) => {
      const { parties } = item.statement.payload;
      if (!Array.isArray(parties) || !parties.every(isText) || parties.length < 2 || new Set(parties).size < parties.length
        || officeChain !== null || item.at !== 0) throw faultAt("key-place", item);
      const owners = signers.map((key) => key.owner);
      if (item.statement.custody || parties.includes(nodeId) || ![nodeId, ...parties].every((one) => owners.includes(one))) {
        throw faultAt("signature-officials", item);
      }
      officeChain = item.chain;
      textOf(item, "region");
      for (const party of parties) offices.push({ party, until: null, seq: null, ended: false });
      for (const key of signers) if (parties.includes(key.owner)) key.office = item.entry.index;
    },
    office_given: (item) => {
      const [party, until] = [textOf(item, "party"), textOf(item, "until")];
      const { offices: roles } = item.statement.payload;
      ["region", "authority"].forEach((name) => textOf(item, name));
      if (item.chain !== officeChain || party === null || (until !== null && !DAY.test(until))
        || !Array.isArray(roles) || !roles.every(isText)) throw faultAt("key-place", item);
      offices.push({ party, until, seq: item.at, ended: false });
    },
    office_ended: (item) => {
      const { office: named } = item.statement.payload;
      const isHere = isObject(named) && item.chain === officeChain && named.chain === officeChain;
      const office = isHere ? offices.find(({ seq, ended }) => seq !== null && seq === named.seq && !ended) : undefined;
      if (!office) throw faultAt("key-place", item);
      office.ended = true;
    },
    tables_adopted: (item) => {
      if (item.chain !== officeChain) throw faultAt("key-place", item);
    },
  };
  for (const item of chains.flat().filter((one) => one.statement).sort((a, b) => a.entry.index - b.entry.index)) {
    const { statement, entry } = item;
    const place = Object.hasOwn(KEY_PLACES, statement.kind) ? KEY_PLACES[statement.kind] : null;
    if (place && opened.get(item.chain) !== place) throw faultAt("key-place", item);
    const signers = statement.proof.map((proof) => keys.get(signerOf(proof)));
    if (signers.some((key) => !key || entry.index <= key.added || entry.index > key.revoked)) throw faultAt("signature-key", item);
    const needed = statement.custody === "platform" ? nodeId : statement.actor;
    if (!signers.some((key) => key.owner === needed)) throw faultAt("signature-actor", item);
    if (needsOfficials(statement)) {
      if (holders(item, signers).length < 2) throw faultAt("signature-officials", item);
    } else if (statement.kind === "hold_released" && statement.actor !== nodeId) {
      throw faultAt("signature-officials", item);
    }
    if (Object.hasOwn(changes, statement.kind)) changes[statement.kind](item, signers);
  }
}

async function checkSignatures(engine, chains, node) {
  for (const item of chains.flat()) {
    if (item.statement && !await verifyProofs(engine, item.statement)) throw faultAt("signature-wrong", item);
  }
  checkKeys(chains, node);
}

async function checkInclusion(engine, bundle, chains, checkpoint) {
  if (!checkpoint) throw new Fault("inclusion-checkpoint");
  for (const [n, items] of chains.entries()) {
    const newest = items.at(-1);
    const path = bundle.chains[n].path.map(fromBase64);
    if (!await verifyInclusion(engine, newest.entry.index, checkpoint.size, newest.leaf, path, checkpoint.root)) throw faultAt("inclusion", newest);
  }
}

async function checkCheckpoint(engine, bundle, checkpoint, vkeys) {
  const known = (await Promise.all(vkeys.map((vkey) => parseVkey(engine, vkey)))).filter(Boolean);
  if (checkpoint.origin !== bundle.origin) throw new Fault("checkpoint-origin");
  const verified = await verifyNote(engine, bundle.checkpoint, known);
  if (!verified?.some(([name, type]) => name === bundle.origin && type === 1)) throw new Fault("checkpoint-key");
}

/**
 * Checks a bundle (text or bytes) without asking anybody.
 * @param source the bundle as it came
 * @param options `vkeys` pinned log keys, never from the bundle; `fragment` of the label or null; `engine` from
 *   findEngine; `onCheck(check, result)` is told each result as it falls
 * @returns `{valid, failed, why, chain, seq, index, checks, records, sealed, newest, size, origin}`
 * @throws UnreadableBundle where the source is no JSON of our profile or of another format
 */
export async function verifyBundle(source, { vkeys, fragment = null, engine = null, onCheck = () => {} }) {
  let bundle;
  try { bundle = decode(source); } catch (error) { throw new UnreadableBundle(error.rule ?? String(error)); }
  if (bundle.format !== FORMAT) throw new UnreadableBundle("format");
  const device = engine ?? await findEngine();
  const result = { valid: false, failed: null, why: null, chain: null, seq: null, index: null,
    checks: Object.fromEntries(CHECKS.map((check) => [check, "skipped"])), records: 0, sealed: 0, newest: null, size: null,
    origin: null };
  const label = fragment ? parseFragment(fragment) : null;
  let chains = null;
  let node = null;
  let checkpoint = null;
  const steps = {
    format: async () => {
      checkFormat(bundle);
      chains = await gatherItems(device, bundle);
      const note = parseNote(bundle.checkpoint);
      checkpoint = note && parseCheckpoint(note.text);
      result.origin = bundle.origin;
      result.records = chains[0].length;
      result.sealed = chains[0].filter((item) => item.statementText === undefined).length;
    },
    label: async () => {
      if (!label) throw new Fault("label-form");
      checkLabel(label, chains[0]);
    },
    entry: async () => checkEntries(bundle.origin, chains),
    chain: async () => { node = checkChains(bundle, chains); },
    body: async () => checkBodies(device, bundle.origin, chains),
    signature: async () => checkSignatures(device, chains, node),
    inclusion: async () => checkInclusion(device, bundle, chains, checkpoint),
    checkpoint: async () => checkCheckpoint(device, bundle, checkpoint, vkeys),
  };
  for (const check of CHECKS) {
    if (!steps[check] || (check === "label" && !fragment)) continue; // witness, remembered, complete: not offered yet
    try {
      await steps[check]();
      result.checks[check] = "pass";
      onCheck(check, "pass");
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      Object.assign(result, { failed: check, why: fault.why, chain: fault.chain, seq: fault.seq, index: fault.index });
      result.checks[check] = "fail";
      onCheck(check, "fail");
      return result;
    }
  }
  const newest = chains[0].at(-1);
  result.newest = { seq: newest.entry.seq, index: newest.entry.index, leaf: toBase64Url(newest.leaf) };
  result.size = checkpoint.size;
  result.valid = true;
  return result;
}
