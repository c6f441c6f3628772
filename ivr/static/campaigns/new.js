// Making a campaign of a long list takes a while: say so, and send it once.
const form = document.getElementById("new");
form.addEventListener("submit", () => {
  const button = form.querySelector("button");
  button.disabled = true;
  button.textContent = form.dataset.creating;
});
