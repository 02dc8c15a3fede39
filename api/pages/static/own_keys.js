// Which signing keys does this browser hold, and how does it sign with one? The keys never leave it: not even this script
// can read one that WebCrypto made or took in.
//
// Formats: RFC 8032 keys, did:key (multicodec ed01), W3C eddsa-jcs-2022 over RFC 8785 bytes.

import { decode, encode } from "./verify.js";

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const ED25519 = { name: "Ed25519" };
const PKCS8_HEAD = "302e020100300506032b657004220420"; // RFC 8410: an Ed25519 seed of 32 bytes follows
const utf8 = new TextEncoder();
const fromHex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));

/** base58btc of bytes; a leading zero byte is a leading 1. */
export function toBase58(bytes) {
  let number = bytes.reduce((before, byte) => before * 256n + BigInt(byte), 0n);
  let digits = "";
  for (; number > 0n; number /= 58n) digits = BASE58[Number(number % 58n)] + digits;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return "1".repeat(zeros < 0 ? bytes.length : zeros) + digits;
}

/** Whether this browser can keep and use a key here: a secure context that knows Ed25519. */
export async function canSign() {
  if (!globalThis.crypto?.subtle || !globalThis.indexedDB) return false;
  try {
    await crypto.subtle.generateKey(ED25519, false, ["sign", "verify"]);
    return true;
  } catch {
    return false;
  }
}

const asked = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

async function withStore(mode, work) {
  const opening = indexedDB.open("suxin-keys", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("keys", { keyPath: "did" });
  const database = await asked(opening);
  try {
    return await asked(work(database.transaction("keys", mode).objectStore("keys")));
  } finally {
    database.close();
  }
}

/** The did:keys that this browser holds. */
export const heldKeys = () => withStore("readonly", (store) => store.getAllKeys());

async function keep(privateKey, publicKey) {
  const did = `did:key:z${toBase58([0xed, 0x01, ...publicKey])}`;
  await withStore("readwrite", (store) => store.put({ did, privateKey }));
  await navigator.storage?.persist?.(); // else a browser that is short of space may drop it
  return did;
}

/** Makes a key that nothing can read out of this browser; answers its did:key. */
export async function makeKey() {
  const pair = await crypto.subtle.generateKey(ED25519, false, ["sign", "verify"]);
  return keep(pair.privateKey, new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
}

/** Takes in a key file (64 hex digits, as `key new` writes it); from then on nothing can read it out of here. */
export async function takeIn(text) {
  const seed = text.trim();
  if (!/^[0-9a-f]{64}$/.test(seed)) return null;
  const pkcs8 = fromHex(PKCS8_HEAD + seed);
  const readable = await crypto.subtle.importKey("pkcs8", pkcs8, ED25519, true, ["sign"]);
  const { x } = await crypto.subtle.exportKey("jwk", readable);
  const publicKey = Uint8Array.from(atob(x.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  return keep(await crypto.subtle.importKey("pkcs8", pkcs8, ED25519, false, ["sign"]), publicKey);
}

/** The eddsa-jcs-2022 proof of a key that this browser holds over a document's exact text; null where the text is not canonical. */
export async function proofOf(did, text, created) {
  if (encode(decode(text)) !== text) return null;
  const { privateKey } = await withStore("readonly", (store) => store.get(did));
  const options = {
    type: "DataIntegrityProof", cryptosuite: "eddsa-jcs-2022", created,
    verificationMethod: `${did}#${did.slice("did:key:".length)}`, proofPurpose: "assertionMethod",
  };
  const hashes = await Promise.all([encode(options), text].map((part) => crypto.subtle.digest("SHA-256", utf8.encode(part))));
  const message = new Uint8Array([...new Uint8Array(hashes[0]), ...new Uint8Array(hashes[1])]);
  const signature = new Uint8Array(await crypto.subtle.sign(ED25519, privateKey, message));
  return { ...options, proofValue: `z${toBase58(signature)}` };
}
