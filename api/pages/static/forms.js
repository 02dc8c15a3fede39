// − and + and the chips of a form, without asking the server: the same as api/pages/forms/stepping.py does.

const MOST_DIGITS = 15;

function stepped(text, up, whole) {
  const typed = text.trim();
  if (!typed) return up ? "1" : "";
  const digits = typed.replace(/^0+\.?0*|\./g, "").length;
  if (!/^[0-9]+(\.[0-9]+)?$/.test(typed) || !(Number(typed) > 0) || digits > MOST_DIGITS) return null;
  const [coefficient, power] = Number(typed).toExponential().split("e");
  let exponent = Number(power);
  if (!up && Number(coefficient) === 1) exponent -= 1;
  if (exponent >= 1) exponent -= 1;
  if (whole && exponent < 0) return typed;
  const places = Math.max((typed.split(".")[1] ?? "").length, -exponent, 0);
  return (Number(typed) + (up ? 1 : -1) * 10 ** exponent).toFixed(places);
}

function changed(input, text) {
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

addEventListener("click", (event) => {
  const button = event.target.closest("button[data-step], button[data-sets]");
  if (!button) return;
  if (button.dataset.sets) {
    changed(document.getElementById(button.dataset.sets), button.dataset.text);
    for (const one of button.closest("ul").querySelectorAll("button")) one.toggleAttribute("aria-pressed", false);
    button.setAttribute("aria-pressed", "true");
  } else {
    const input = button.parentElement.querySelector("input");
    const text = stepped(input.value, button.dataset.step === "plus", input.inputMode === "numeric");
    if (text === null) return; // what is no number goes to the server, which says so
    changed(input, text);
  }
  event.preventDefault();
});
