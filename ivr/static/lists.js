// Lists: a file is dropped, sent, and watched while it is imported by a process of its own.

import { Intake } from "./lists/intake.js";
import { $ } from "./desk/build.js";

const page = $("lists");
const { base } = page.dataset;
const words = JSON.parse(page.dataset.words);

if (page.dataset.acts === "true") {
  for (const told of JSON.parse(page.dataset.files)) show(told);
  begin();
}

function show(told) {
  const intake = new Intake(base, words, told);
  $("files").prepend(intake.element);
  return intake;
}

function begin() {
  const zone = $("dropzone");
  for (const kind of ["dragover", "dragenter"]) zone.addEventListener(kind, (event) => over(event, true));
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, (event) => over(event, false));
  zone.addEventListener("drop", ({ dataTransfer }) => {
    $("file").files = dataTransfer.files;
    chosen();
  });
  $("file").addEventListener("change", chosen);
  $("upload").addEventListener("submit", (event) => {
    event.preventDefault();
    send($("file").files[0], $("kind").value);
  });
}

function over(event, is) {
  event.preventDefault();
  $("dropzone").classList.toggle("over", is);
}

function chosen() {
  $("chosen").textContent = $("file").files[0]?.name ?? words.drop;
  $("problem").hidden = true;
}

// The file itself is the body: the server writes it to the disk as it comes.
function send(file, kind) {
  const sending = show({ id: 0, name: file.name, status: "sending", rows: 0, problem: "", list: "" });
  const request = new XMLHttpRequest();
  request.open("POST", `${base}/files?kind=${encodeURIComponent(kind)}&name=${encodeURIComponent(file.name)}`);
  request.setRequestHeader("X-CSRF-Token", document.querySelector('meta[name="csrf"]').content);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.responseType = "json";
  request.upload.onprogress = ({ loaded, total }) => sending.sent(loaded, total);
  request.onload = () => (request.status === 200 ? sending.take(request.response) : fail(sending, request.response?.error?.message));
  request.onerror = () => fail(sending, words.lists_lost);
  request.send(file);
  $("upload").reset();
  chosen();
}

function fail(sending, message) {
  sending.element.remove();
  $("problem").textContent = message ?? words.not_whole;
  $("problem").hidden = false;
}

