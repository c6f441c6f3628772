// Asks the server: with the form token, for JSON; who is signed out is led to the door.
const token = document.querySelector('meta[name="csrf"]').content;

export class Refused extends Error {
  constructor(status, error) {
    super(error.message);
    this.status = status;
    this.code = error.code;
  }
}

export async function ask(url, data) {
  const headers = { "Accept": "application/json", "X-CSRF-Token": token };
  const request = { headers, credentials: "same-origin" };
  if (data !== undefined) {
    headers["Content-Type"] = "application/json";
    Object.assign(request, { method: "POST", body: JSON.stringify(data) });
  }
  const answer = await fetch(url, request);
  const found = answer.status === 204 ? null : await answer.json();
  if (answer.ok) {
    return found;
  }
  if (answer.status === 401) {
    location.reload();
  }
  throw new Refused(answer.status, found.error);
}
