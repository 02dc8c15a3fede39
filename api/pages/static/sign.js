// How does an official sign on this page? With a key that this browser holds, over exactly the text that the page shows.

import { canSign, heldKeys, proofOf } from "./own_keys.js";

const form = document.getElementById("sign");
const show = (id) => { document.getElementById(id).hidden = false; };

async function begin() {
  document.getElementById("needs-script").hidden = true;
  // The text that is signed is the text that is shown: no other copy of it is on this page.
  const text = document.getElementById("exact").textContent;
  if (!await canSign()) { show("cannot-sign"); return; }
  const held = new Set(await heldKeys());
  const did = form.dataset.keys.split(" ").find((one) => held.has(one));
  if (!did) { show("no-key"); return; }
  document.getElementById("own-key").textContent = did;
  show("by-key");
  form.elements.go.disabled = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.proof.value) return; // signed: now the form goes on its way
    event.preventDefault();
    form.elements.go.disabled = true;
    const created = new Date().toISOString().replace(/\.[0-9]+Z$/, "Z");
    const proof = await proofOf(did, text, created);
    if (!proof) { show("not-canonical"); return; }
    form.elements.proof.value = JSON.stringify(proof);
    form.submit();
  });
}

if (form) begin();
