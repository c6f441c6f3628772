// What the server gave the page besides its markup: texts, problem codes, whose desk it is, where news come from.

export const given = document.getElementById("given").dataset;
