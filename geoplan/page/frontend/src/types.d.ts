// Types of what the modules share. geoplan/page/layers.py writes the data; modules under data/ open it.

import type * as L from "leaflet";

// --- the data, as it is opened ---

/** Whole minor units of a currency. At run time it is a bigint where sums would not fit a number; both add up alike. */
export type Minor = number;

/** A column of whole numbers. */
export type Column = Int32Array;

/** A column as it travels: numbers, steps between them, or the one number of every row. */
export type PackedColumn = number | number[] | { steps: number[] };

/** x, y, x, y, … in steps of grid cells. */
export type Steps = number[];

export interface Grid {
  west: number;
  south: number;
  step: number;
}

export interface Districts {
  code: string[];
  name: string[];
  name_lo: (string | null)[];
  province: string[];
  province_at: number[];
  population: (number | null)[];
  poor: (number | null)[];
  area?: number[];
  poverty_class: number[];
  classes: string[];
  classes_ordered: boolean;
  arcs: Steps[];
  /** For each district its rings, each of them arcs by position; ~position for an arc backwards. */
  rings: number[][][];
  label: (number[] | null)[];
}

export interface Ledger {
  rows: number;
  project: Column;
  location: Column;
  component: Column;
  funder: Column;
  year: Column;
  kind: Column;
  currency: Column;
  place: Column;
  rule: Column;
  province: Column;
  amount: { [row: number]: Minor };
  zero: Minor;
  years: number[];
  components: string[];
  funders: string[];
  funder_members?: Members | null;
  kinds: string[];
  rules: string[][][];
  /** District of another vintage that money was carried from, of each rule; empty for none. */
  carried_from: string[];
  approximate: boolean[];
  ranking: number[];
  /** Files that amounts come from, with rows and how many more rows; and for each row of the ledger which of these. */
  inputs: [string, number[], number][][];
  input: Column;
  firstRow: Map<number, number>;
}

/** Projects that hexagons no longer name: rows like those of the ledger, without amounts. */
export interface Crowds {
  rows: number;
  fine: boolean;
  count: number;
  project: Column;
  component: Column;
  funder: Column;
  year: Column;
  kind: Column;
  currency: Column;
  place: Column;
  projects: Column;
}

/** Rows that filters can be asked about: the ledger's, or those of crowds. */
export type Rows = Pick<Ledger, "rows" | "project" | "component" | "funder" | "year" | "kind" | "currency" | "place">;

/** A column of few different texts: positions in a list of names, -1 for none. */
export interface Coded {
  names: string[];
  at: Column;
  members?: Members | null;
}

/**
 * Names that a filter can choose, and for each value of its column the names that it has: a joint funder has several, a
 * value that states nothing has none.
 */
export interface Members {
  names: string[];
  of: number[][];
}

export interface Projects {
  rows: number;
  project: string[];
  title: (string | null)[];
  sector: Coded;
  status: Coded;
  illustrative: Set<number>;
  start?: (string | null)[];
  end?: (string | null)[];
  /** By column of the input: addresses and other texts. */
  links?: Record<string, (string | null)[]>;
}

export interface Parts {
  points: { x: number[]; y: number[]; location: Column };
  lines: { path: Steps[]; location: number[] };
  areas: { rings: Steps[][]; location: number[] };
}

export interface Locations extends Parts {
  rows: number;
  project: Column;
  name: (string | null)[];
  illustrative: Set<number>;
  coarse: number;
  /** How many locations each stands for; null where each is one. */
  stands: Column | null;
  ofProject: Map<number, number[]>;
}

/** A text in each language. */
export type Texts = Record<string, string>;

export interface Layer extends Parts {
  name: Texts;
  style: LayerStyle;
  visible: boolean;
  label: (string | null)[] | null;
  note: (string | null)[] | null;
}

export type LayerStyle = "neighbour" | "context" | "water" | "site" | "catchment" | "unreached" | "line";

export interface ExtraMeasure {
  key: string;
  label: Texts;
  unit: Texts;
  scale: string;
  currency: string | null;
  values: (number | null)[];
}

export interface Basemap {
  name: string;
  url: string;
  subdomains: string;
  attribution: string;
  options: L.TileLayerOptions & { bounds?: L.LatLngBoundsLiteral };
}

export interface Reconciliation {
  currency: string;
  kind: string;
  given: string;
  rounding: string | null;
  districts: string;
  elsewhere: string;
  difference: string;
}

export interface About {
  sources: { table: string; file: string; rows: number; said: string[] }[];
  inputs: [string, string][];
  notes: string[];
  vintage: string | null;
  valid_from: string[];
  valid_to: string[];
  profile_years: number[];
  version: string;
}

export interface Equity {
  currency: string;
  kind: string;
  verdict: Texts;
  said: { sentence: Texts; range: number[] }[];
}

export interface Data {
  title: string;
  subtitle: string;
  illustrative: string;
  measure: string;
  measures: string[];
  buckets: string[];
  coarse: string[];
  grid: Grid;
  districts: Districts;
  projects: Projects;
  locations: Locations;
  layers: Layer[];
  ledger: Ledger;
  crowds: Crowds | null;
  reconciliation: Reconciliation[];
  basemap: Basemap | null;
  about: About;
  equity: Equity[];
  other: Data | null;
  words: Record<string, Texts>;
  messages: Record<string, Texts>;
  /** Currency codes, and the decimals of each. */
  codes: string[];
  digits: number[];
  spreads: string[];
  anyCoarse: boolean;
  anyApproximate: boolean;
  filters: Record<Filter, Members>;
  extra: Map<string, ExtraMeasure>;
}

// --- what the reader has chosen ---

/** What is chosen on the map or in a list; `second` where it was chosen on the second map. */
export type Selected =
  | { type: "district"; at: number; features?: Feature[]; second?: boolean }
  | { type: "project"; at: number; second?: boolean }
  | { type: "place"; projects: number[]; second?: boolean }
  | { type: "feature"; features: Feature[]; second?: boolean };

/** A feature of a layer: position of the layer, position in it. */
export type Feature = [number, number];

export interface Comparison {
  measure: string;
  kind: string;
  from: number | null;
  to: number | null;
  other: boolean;
  /** What the second map keeps where that differs from the first. */
  component?: Kept;
  funder?: Kept;
  /** Whether the second map shows by how much it differs from the first. */
  difference?: boolean;
}

/** A tab of the column beside the map. */
export type Tab = "districts" | "projects" | "elsewhere" | "about";

/** How far the sheet of a phone has risen. */
export type SheetHeight = "low" | "half" | "high";

/** Names that a filter keeps, by position, in order; -1 for what is not stated; null for all. */
export type Kept = readonly number[] | null;

/** Places are positions in the data. */
export interface View {
  tab: Tab;
  measure: string;
  currency: number;
  kind: number;
  component: Kept;
  funder: Kept;
  sector: Kept;
  status: Kept;
  poverty: Kept;
  spread: string;
  method: string;
  classes: number;
  /** The cell of money × poverty that alone is shown; -1 for all. */
  cell: number;
  /** Whether the classes of a single year are made for that year alone. */
  fitted: boolean;
  from: number;
  to: number;
  hatching: boolean;
  sized: boolean;
  marks: string;
  clusters: boolean;
  /** Whether marks are shown even where they cover the districts. */
  marked: boolean;
  points: boolean;
  lines: boolean;
  areas: boolean;
  labels: boolean;
  graticule: boolean;
  basemap: boolean;
  layers: boolean[];
  selected: Selected | null;
  compare: Comparison | null;
  /** Latitude, longitude and zoom where the reader has moved the map to. */
  place: number[] | null;
  sort: { by: string; falling: boolean };
}

/** What is switched on or off, by name. */
export type Switch =
  | "hatching"
  | "points"
  | "lines"
  | "areas"
  | "labels"
  | "clusters"
  | "basemap"
  | "sized"
  | "graticule"
  | "fitted"
  | "marked";

/** Choices that a select shows, by name. */
export type Choice = "measure" | "kind" | "currency" | "spread" | "marks" | "method" | "classes";

/** Filters of a view by name. */
export type Filter = "component" | "funder" | "sector" | "status" | "poverty";

/** The parts of a view that choose rows of the ledger. */
export type Filters = Pick<View, Filter | "currency" | "kind" | "from" | "to">;

// --- what is computed of it ---

export interface Readings {
  certain: Minor[];
  expected: Minor[];
  atMost: Minor[];
}

export interface Sums extends Readings {
  /** By place: districts, then buckets. */
  amount: Minor[];
  projects: { [place: number]: number } & Iterable<number> & {
      slice(from: number, to?: number): Int32Array | Float64Array;
    };
  total: Minor;
  allProjects: number;
  /** Whether the counts of projects are known. */
  counted: boolean;
}

export interface ClassRow {
  type: "range" | "zero" | "nought" | "negative" | "missing" | "elsewise" | "unchosen" | "class" | "merged" | "cell";
  colour: string;
  count: number;
  from?: number;
  to?: number;
  above?: boolean;
  name?: string;
  names?: string[];
  /** Of a cell of money × poverty: how many steps there are, and its own each way from 0. */
  steps?: number;
  paid?: number;
  poor?: number;
  hatch?: string;
}

export interface Classes {
  rows: ClassRow[];
  /** For each district the row it belongs to. */
  of: number[];
  values: number[];
  breaks: number[];
  /** The least and the greatest value above zero that the classes are made for; empty without any. */
  ends: number[];
  /** The values that the classes are made for. */
  scale: number[];
  /** By how much the figures are divided: 1, a million or a billion. */
  unit: number;
  /** Where money × poverty is cut. */
  cuts?: { money: number[]; poverty: number[] };
  /** The figures of money × poverty. */
  crossed?: { money: number[]; poverty: number[] };
}

/** Amounts that points are sized by. */
export interface Sizes {
  amount: ArrayLike<number>;
  largest: number;
}

// --- what is drawn ---

/** Mercator units around an origin, from grid cells. */
export interface Projection {
  x: (cellX: number) => number;
  y: (cellY: number) => number;
  origin: number[];
}

/** x, y, x, y, … in Mercator units. */
export type Path = Float64Array;

/** West, north, east, south. */
export type Box = number[];

export interface Shape {
  outlines: Path[];
  path: Path2D;
  box: Box;
}

/** Borders of a part of the area. */
export interface BorderPiece {
  path: Path2D;
  box: Box;
}

/** What is drawn of the districts at one scale. */
export interface Drawing {
  shapes: Shape[];
  inner: BorderPiece[];
  /** Borders between provinces. */
  provinces: BorderPiece[];
  outer: BorderPiece[];
  /** How wide the usual district is. */
  usual: number;
  area: number;
}

export interface DrawnDistricts extends Drawing {
  arcs: Path[];
  /** What each arc bounds: 1 the area, 2 districts, 3 provinces. */
  borders: Uint8Array;
  rings: number[][][];
  labels: (number[] | null)[];
  levels: Map<number, Drawing>;
}

export interface DrawnParts {
  points: DrawnPoints;
  lines: { location: number[]; paths: Path[]; drawn: Path2D[] };
  areas: { location: number[]; outlines: Path[][]; drawn: Path2D[] };
}

export interface DrawnPoints {
  location: Column;
  xs: Float64Array;
  ys: Float64Array;
}

/** Where Mercator units lie on a canvas, in CSS pixels. */
export interface Frame {
  scale: number;
  left: number;
  top: number;
  width: number;
  height: number;
  ratio: number;
  radius: number;
}

/** What traces a path: a canvas, a path of it, or the pen of a key. */
export interface Tracer {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  closePath(): void;
  rect(x: number, y: number, width: number, height: number): void;
  arc(x: number, y: number, radius: number, from: number, to: number): void;
}

/** What draws: a canvas, or a key in SVG that is drawn like one. */
export interface Pen extends Tracer {
  fillStyle: any;
  strokeStyle: any;
  lineWidth: number;
  lineJoin: any;
  lineCap: any;
  globalAlpha: number;
  beginPath(): void;
  save(): void;
  restore(): void;
  setLineDash(dash: number[]): void;
  translate(x: number, y: number): void;
  scale(x: number, y: number): void;
  fill(path?: any, rule?: any): void;
  stroke(path?: any): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  strokeRect(x: number, y: number, width: number, height: number): void;
  fillText(text: string, x: number, y: number, size?: number): void;
}

export type Canvas = CanvasRenderingContext2D;

export interface MarkStyle {
  colour: string;
  shape: string;
  dash: number[];
}

export interface LayerLook {
  under?: boolean;
  fill: string;
  line: string;
  width: number;
  dash?: number[];
  point: string[];
}

export interface Letters {
  font: string;
  size: number;
}

export interface LabelPlace {
  at: number;
  x: number;
  y: number;
  width: number;
  isOver: (x: number, y: number) => boolean;
  mayMove: boolean;
  lines: string[];
}

export interface PlacedLabel {
  x: number;
  y: number;
  lines: string[];
  box: Box;
}

export interface FeatureLabel {
  text: string;
  x: number;
  y: number;
  beside: number;
  style: "ground" | "water" | "feature" | "province";
}

export interface Cluster {
  x: number;
  y: number;
  count: number;
  amount: number;
  parts: Uint32Array;
  points: number[];
  reach: number;
  radius: number;
  places: number;
}

/** A place at which several projects are. */
export interface Spot {
  x: number;
  y: number;
  count: number;
}

export interface Clusters {
  scale: number;
  styles: Int8Array;
  clusters: Cluster[];
  most: number;
}

/** What is at a place of the map; district is -1 for none. */
export interface Found {
  cluster: Cluster | null;
  locations: number[];
  features: FoundFeatures;
  district: number;
}

export interface FoundFeatures {
  near: Feature[];
  around: Feature[];
}

/** The canvas of a map, a Leaflet renderer. */
export interface MapCanvas extends L.Layer {
  _container: HTMLCanvasElement;
  _bounds: L.Bounds & { min: L.Point };
  frame(): Frame;
  paint(): void;
  paintWith(pen: Canvas): void;
  paintAt(ratio: number | null): void;
}

/** The class of those canvases; `extend` makes classes of the kind that Leaflet has. */
export interface PlanCanvasClass {
  new (page: Page): MapCanvas;
  extend(methods: object): new (page: Page) => MapCanvas;
}

export interface Outline extends MapCanvas {
  district: number;
  row: number;
}

/** A Leaflet map with what the page keeps at it. */
export type PlanMap = L.Map & { outline?: Outline; tiles?: L.TileLayer; isFollowing?: boolean };

// --- the page ---

/** What the map was like before it was laid out for paper. */
export interface BeforePaper {
  center: L.LatLng;
  zoom: number;
  wholeTable: boolean;
  legendBelow: boolean;
  legendOpen: boolean;
  zoomSnap: number | undefined;
}

/**
 * The page: a map with its data, its view and what follows from them. While comparing, `second` is another page for the
 * second map; it inherits from the first one what both share.
 */
export interface Page extends Actions {
  map: PlanMap;
  canvas: MapCanvas;
  data: Data;
  view: View;
  /** The view that the page opens with and returns to. */
  home: View;
  sums: Sums;
  classes: Classes;
  /** The years that were shown before they began to play. */
  before: { from: number; to: number } | null;
  styles: Int8Array;
  sizes: Sizes;
  projection: Projection;
  drawnDistricts: DrawnDistricts;
  drawnLocations: DrawnParts;
  drawnLayers: DrawnParts[];
  groundBoxes?: Box[];
  clusters?: Clusters;
  spots?: { styles: Int8Array; spots: Spot[] };
  clustered?: boolean;
  /** How points are drawn now: in full, as dots, or not before the reader comes nearer. */
  marks?: "full" | "dots" | "later";
  /** Where the map was before it moved to what was chosen. */
  beforeChoice?: { from: number[] | null; center: L.LatLng; zoom: number; to: L.LatLng; toZoom: number } | null;
  /** The page itself, on either side. */
  first: Page;
  /** Missing until two maps are first compared; there wherever `view.compare` is set. */
  second: Page;
  isSecond: boolean;
  /** Districts that have a number on the map for want of room, in the order of their numbers. */
  numbered: number[];
  /** Of the second side: the values of its measure, and by how much they differ from the first; null where they cannot. */
  shownValues?: number[];
  differences?: number[] | null;
  /** What was last compared. */
  lastComparison?: Comparison | null;
  otherSide?: Pick<Page, "data" | "projection" | "drawnDistricts" | "drawnLocations" | "drawnLayers">;
  ground: "off" | "asked" | "shown" | "unreached";
  onPaper: BeforePaper | null;
  playing: number;
  wholeTable: boolean;
  fitting: boolean;
  opener: HTMLElement | null;
  /** What was chosen before, in the details, and is gone back to. */
  trail: Selected[];
  /** Whether the component was chosen for the reader, because the measure needs one. */
  isComponentLent: boolean;
  projectTable: TableState;
  /** How far each tab was scrolled when it was left. */
  scrolled: { [tab in Tab]?: number };
  sheet: SheetHeight;
  /** How far the sheet had risen before something was chosen. */
  sheetBefore: SheetHeight;
  tipFrame: number;
  /** Latitude, longitude and zoom that show the whole area. */
  wholePlace: number[];
  pointed?: string;
  writtenHash?: string;
  index?: SearchEntry[];
  tools?: L.Control[];
}

/** What a reader can do, and what other modules ask the page for. */
export interface Actions {
  change(changes: Partial<View>): void;
  /** Show the details of what is chosen; null closes them. `move` goes there, with the focus. */
  select(target: Selected | null, move?: boolean): void;
  /** Show the details of something that other details name; the way back leads to these. */
  selectFurther(target: Selected): void;
  /** Go back to what was chosen before, or to the tab. */
  back(): void;
  openTab(tab: Tab): void;
  speak(code: string): void;
  reset(): void;
  play(): void;
  stop(): void;
  turnComparison(): void;
  groundTurned(): void;
}

export interface SearchEntry {
  /** Its names; `words` has a line for each. */
  texts: string[];
  words: string;
  target: Selected;
}

/** How a table is sorted, and whether all its rows are shown. */
export interface TableState {
  by: string;
  falling: boolean;
  whole?: boolean;
}

export interface TableColumn {
  by: string;
  head: string;
  number?: boolean;
  key: (at: number) => any;
  text: (at: number) => string;
  plain?: (at: number) => string;
  /** What the cell has instead of the text, such as links. */
  shown?: (at: number) => Child;
}

/** A child of an element: text, an element, a list of them, or nothing. */
export type Child = Node | string | number | false | null | undefined | readonly Child[];

/** Attributes of an element, and listeners: "onclick". */
export type Attributes = Record<
  string,
  string | number | boolean | null | undefined | ((event: any) => void) | (() => void)
>;

/** What is known of a thing: a name and a value. */
export type Fact = [Child, Child];

/** A cell of a plain table. */
export type Cell = string | Node | { text: Child; number?: boolean; head?: boolean };

declare global {
  interface Window {
    L: typeof L;
    geoplan: any;
  }
  interface Uint8ArrayConstructor {
    fromBase64?: (text: string) => Uint8Array<ArrayBuffer>;
  }
}
