// What does the panel say while and after this device checks the batch? The page's words, the verifier's results.

import { UnreadableBundle, findEngine, verifyBundle } from "./verify.js";

// The label's fragment as it was when the page opened: it never reaches a server.
const FRAGMENT = location.hash.slice(1);
// A fragment of the page itself, or one that an app put there, is no label; one that begins like a label's is judged.
const LABEL = /^[0-9]+\./.test(FRAGMENT) ? FRAGMENT : null;

// Each line of the panel, the checks it stands for, in the verifier's order.
const ROWS = {
  label: ["label"], chain: ["format", "entry", "chain"], signature: ["body", "signature"],
  inclusion: ["inclusion"], checkpoint: ["checkpoint"],
};
const STATES = {
  checking: "i-shield", passed: "i-shield-check", held: "i-shield-check", unlabelled: "i-shield", failed: "i-fail",
  unreachable: "i-shield",
};

const panel = document.getElementById("check");
const part = (name) => document.getElementById(`check-${name}`);
const words = new Map(Array.from(part("words").content.querySelectorAll("[data-key]"), (line) => [line.dataset.key, line.textContent]));

function say(key, values = {}) {
  return words.get(key).replace(/\{([a-z]+)\}/g, (_, name) => String(values[name]));
}

/** The sentence for a fault: the most exact one that the page has. */
function sayFault(check, why, values) {
  const exact = `fail.${why}`;
  return say(words.has(exact) ? exact : `fail.${check}`, values);
}

function show(state, title, text) {
  panel.dataset.state = state;
  part("use").setAttribute("href", `#${STATES[state]}`);
  part("title").textContent = title;
  part("text").textContent = text;
}

function showRow(key, result, sentence) {
  const row = panel.querySelector(`[data-row="${key}"]`);
  row.dataset.result = result;
  row.querySelector("use").setAttribute("href", `#i-${result}`);
  row.querySelector(".check-state").textContent = say(`state.${result}`);
  if (sentence !== undefined) row.querySelector("p").textContent = sentence;
}

/** Where somebody has blocked storage, each visit is a first visit. */
function remembered(key) {
  try { return localStorage.getItem(key); } catch { return null; }
}

function remember(key, value) {
  try { localStorage.setItem(key, value); } catch { /* nothing to remember it in */ }
}

function passSentence(key, result) {
  if (key === "label") return say("pass.label", { seq: LABEL.split(".")[1] });
  if (key === "chain") return say(result.sealed > 0 ? "pass.chain_hidden" : "pass.chain", { n: result.records, hidden: result.sealed });
  if (key === "signature") return say("pass.signature", { n: result.records - result.sealed });
  if (key === "inclusion") return say("pass.inclusion", { index: result.newest?.index, size: result.size });
  return say("pass.checkpoint");
}

function showRows(result, why) {
  for (const [key, checks] of Object.entries(ROWS)) {
    const results = checks.map((check) => result.checks[check]);
    if (results.includes("fail")) {
      showRow(key, "fail", sayFault(result.failed, why, { seq: result.seq }));
    } else if (results.every((one) => one === "pass")) {
      showRow(key, "pass", passSentence(key, result));
    } else {
      showRow(key, "skip", say(key === "label" && LABEL === null ? "skip.label" : "skip.after"));
    }
  }
}

/** A log key is trusted from the first scan on this device; another one later is a fault, whoever signed with it. */
function pinnedKeys() {
  const key = `suxin.vkey:${panel.dataset.origin}`;
  const before = remembered(key);
  const changed = before !== null && before !== panel.dataset.vkey;
  return { vkeys: changed ? [] : [panel.dataset.vkey], changed, keep: () => remember(key, panel.dataset.vkey) };
}

function showResult(result, pins) {
  const why = result.failed === "checkpoint" && pins.changed ? "checkpoint-changed" : result.why;
  showRows(result, why);
  if (!result.valid) {
    show("failed", say("failed.title"), sayFault(result.failed, why, { seq: result.seq }));
    part("advice").textContent = say("failed.advice");
    part("advice").hidden = false;
    part("details").open = true;
    return;
  }
  pins.keep();
  part("witness").hidden = false;
  if (LABEL === null) {
    show("unlabelled", say("unlabelled.title"), say("unlabelled.text") + heldWarning());
    return;
  }
  // Unchanged records do not make goods safe: on a held batch nothing here is green.
  if (isHeld()) {
    show("held", say("held.title"), say("held.text"));
    return;
  }
  const device = matchMedia("(pointer: coarse), (max-width: 40em)").matches ? "phone" : "computer";
  show("passed", say(`passed.title.${device}`), say("passed.text"));
}

function showNothingChecked(reason) {
  for (const key of Object.keys(ROWS)) showRow(key, "skip", say("skip.none"));
  show("unreachable", say("unreachable.title"), say(`${reason}.text`));
}

function isHeld() {
  return "held" in panel.dataset;
}

function heldWarning() {
  return isHeld() ? ` ${say("held.text")}` : "";
}

async function check() {
  for (const key of Object.keys(ROWS)) showRow(key, "wait");
  show("checking", say("checking.title", { n: 0 }), say("checking.text"));
  let source;
  try {
    const answer = await fetch(panel.dataset.bundle, { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    source = new Uint8Array(await answer.arrayBuffer());
  } catch {
    showNothingChecked("unreachable");
    return;
  }
  const pins = pinnedKeys();
  const done = new Set();
  const onCheck = (name, result) => {
    done.add(name);
    const rows = Object.values(ROWS).filter((checks) => checks.every((one) => done.has(one)));
    if (result === "pass") part("title").textContent = say("checking.title", { n: rows.length });
  };
  try {
    const engine = await findEngine();
    panel.dataset.hashing = engine.hashing;
    panel.dataset.signing = engine.signing;
    const result = await verifyBundle(source, { vkeys: pins.vkeys, fragment: LABEL, engine, onCheck });
    // The proof must be of the log that this page names, or a pinned key would be looked up under another name.
    if (result.origin !== null && result.origin !== panel.dataset.origin && result.valid) {
      Object.assign(result, { valid: false, failed: "checkpoint", why: "checkpoint-origin" });
      result.checks.checkpoint = "fail";
    }
    showResult(result, pins);
  } catch (error) {
    showNothingChecked(error instanceof UnreadableBundle ? "unreadable" : "old_browser");
  }
}

/** Text size and language are the server's business, the label's fragment is not: it stays with the link. */
function keepFragment() {
  if (!FRAGMENT) return;
  for (const link of document.querySelectorAll("a.keep-fragment")) link.hash = FRAGMENT;
}

keepFragment();
check();
