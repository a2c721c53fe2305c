"use strict";
// What the map of the report's page asks of the page around it.
const siting = {
  colour: (role) => {
    const style = getComputedStyle(document.documentElement);
    return (style.getPropertyValue(`--map-${role}`) || style.getPropertyValue(`--${role}`)).trim();
  },
};
