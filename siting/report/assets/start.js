"use strict";
siting.start();
