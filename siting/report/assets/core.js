// The scripts of a page are one module, this one first: what all of them share.
const byId = (id) => document.getElementById(id);
const root = document.documentElement;
const colour = (role) => getComputedStyle(root).getPropertyValue(`--map-${role}`).trim();
const dark = matchMedia("(prefers-color-scheme: dark)");
