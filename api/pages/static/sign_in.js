// How does the token of a sign-in link reach the server? Out of the address first, then as the form of this page.

const SHAPE = /^sx_[0-9A-Za-z]{49}$/;
const form = document.getElementById("sign-in");

function takeFromAddress() {
  const token = location.hash.slice(1);
  if (!token) return;
  // Before anything else: whoever looks over the shoulder, the history and a screenshot must not find it.
  history.replaceState(null, "", location.pathname + location.search);
  if (!SHAPE.test(token)) return;
  form.elements.token.value = token;
  // A link must not change who is signed in without being asked: the button stays to be pressed.
  if (!("asksFirst" in form.dataset)) form.submit();
}

takeFromAddress();
// A second link opened in the same tab changes only what stands behind #, and loads no page.
addEventListener("hashchange", takeFromAddress);
