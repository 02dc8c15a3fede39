// What can this browser do on the page of one's own keys? Mark those that it holds, make a new one, take in a key file.

import { canSign, heldKeys, makeKey, takeIn } from "./own_keys.js";

const form = document.getElementById("make-key");
const file = document.getElementById("key-file");
const show = (id) => { document.getElementById(id).hidden = false; };

async function markHeld() {
  const held = new Set(await heldKeys());
  for (const row of document.querySelectorAll("[data-did]")) {
    if (held.has(row.dataset.did)) row.querySelector("[data-here]").hidden = false;
  }
}

async function takeFile() {
  const did = file.files.length ? await takeIn(await file.files[0].text()) : null;
  show(did ? "file-taken" : "file-wrong");
  document.getElementById(did ? "file-wrong" : "file-taken").hidden = true;
  await markHeld();
}

async function begin() {
  document.getElementById("needs-script").hidden = true;
  if (!await canSign()) { show("cannot-sign"); return; }
  await markHeld();
  form.elements.make.disabled = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.key.value) return; // the key is made: now the form goes on its way
    event.preventDefault();
    form.elements.make.disabled = true;
    form.elements.key.value = await makeKey();
    form.submit();
  });
  file?.addEventListener("change", takeFile);
  if (file?.files.length) await takeFile(); // chosen before this script was there to hear of it
}

begin();
