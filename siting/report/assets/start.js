"use strict";
// The answer is painted first, then the map is built.
requestAnimationFrame(() => setTimeout(siting.start));
