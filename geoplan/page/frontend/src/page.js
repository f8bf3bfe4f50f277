// The page: what the start, the tests and the benchmarks call.

import { classBreaks, classOf } from "./data/classes.js";
import { sumByMember } from "./data/member_sums.js";
import { openData } from "./data/opening.js";
import { districtAt } from "./drawing/districts.js";
import { graticuleStep, inDegrees } from "./drawing/graticule.js";
import { openPage } from "./page/opening.js";
import { csvText } from "./parts/cells.js";
import { tableAsCsv } from "./parts/table.js";
import { formatMinor } from "./text/amounts.js";

Object.assign(window.geoplan, {
  openPage,
  openData,
  classBreaks,
  classOf,
  sumByMember,
  csvText,
  formatMinor,
  tableAsCsv,
  inDegrees,
  graticuleStep,
  districtAt,
});
