// Clusters: where points are dense, one round mark stands for many, with their number and the parts of components.

/** @import { Canvas, Cluster, DrawnPoints, Frame, Page } from "../types.js" */

import { formatNumber } from "../text/amounts.js";
import { FONT, INK, STYLES } from "./colours.js";
import { eachPointInView, shapeStamps } from "./locations.js";
import { WORLD } from "./paths.js";

// More points than this in view are clustered.
export const CLUSTERED_FROM = 250;
// Pixels: a cluster gathers what is in such small cells within its reach.
const SMALL_CELL = 16;
const GATHERED = 46;

/**
 * Return the clusters and single points at a zoom; they are the same wherever the map is moved to.
 *
 * @param {Page} page
 * @param {number} scale
 */
function clustersOf(page, scale) {
  const known = page.clusters;
  if (known && known.scale === scale && known.styles === page.styles) return known;
  const { points } = page.drawnLocations;
  const grid = gatherPoints(points, page.styles, page.sizes.amount, SMALL_CELL / scale);
  const clusters = joinTouching(gatherCells(grid, scale), scale);
  const most = clusters.reduce((largest, { amount }) => Math.max(largest, amount), 0);
  for (const cluster of clusters) {
    cluster.radius = clusterRadius(cluster, page.view.sized ? most : null);
    cluster.places = countPlaces(page, cluster);
  }
  page.clusters = { scale, styles: page.styles, clusters: clusters.sort((a, b) => b.count - a.count), most };
  return page.clusters;
}

/**
 * Count the locations of a cluster: a hexagon stands for many.
 *
 * @param {Page} page
 * @param {Pick<Cluster, "count" | "points">} cluster
 */
function countPlaces(page, { count, points }) {
  const { stands } = page.data.locations;
  const { location } = page.drawnLocations.points;
  return stands ? points.reduce((sum, at) => sum + stands[location[at]], 0) : count;
}

/**
 * Gather points by cells of a grid: where their middle is, how many, of which style, and how much money.
 *
 * @param {DrawnPoints} points
 * @param {Int8Array} styles
 * @param {ArrayLike<number>} amounts
 * @param {number} cell
 */
function gatherPoints({ xs, ys, location }, styles, amounts, cell) {
  /** @type {Map<number, Cluster>} */
  const cells = new Map();
  // Cells are counted from outside the world, so that keys are whole numbers above zero.
  const across = 2 * Math.ceil(WORLD / cell) + 2;
  for (let at = 0; at < xs.length; at += 1) {
    const style = styles[location[at]];
    if (style < 0) continue;
    const key = (Math.floor(xs[at] / cell) + across / 2) * across + (Math.floor(ys[at] / cell) + across / 2);
    let group = cells.get(key);
    if (!group) cells.set(key, (group = emptyCluster()));
    group.x += xs[at];
    group.y += ys[at];
    group.count += 1;
    group.amount += amounts[location[at]];
    group.parts[style] += 1;
    group.points.push(at);
  }
  for (const group of cells.values()) {
    group.x /= group.count;
    group.y /= group.count;
  }
  return { cells, across };
}

/** @returns {Cluster} */
function emptyCluster() {
  const parts = new Uint32Array(STYLES.length);
  return { x: 0, y: 0, count: 0, amount: 0, parts, points: [], reach: 0, radius: 0, places: 0 };
}

/**
 * Gather small cells around the fullest ones, so that clusters are where points are dense and not where a grid is. Cells
 * that are equally full come in an order that follows no direction.
 *
 * @param {{ cells: Map<number, Cluster>, across: number }} grid
 * @param {number} scale
 */
function gatherCells({ cells, across }, scale) {
  const order = [...cells.keys()].map((key) => ({ key, by: Math.imul(key, 2654435761) >>> 0 }));
  const size = (/** @type {number} */ key) => cells.get(key)?.count ?? 0;
  order.sort((a, b) => size(b.key) - size(a.key) || a.by - b.by || a.key - b.key);
  const reach = GATHERED / scale;
  const around = Math.ceil(GATHERED / SMALL_CELL);
  const left = new Map(cells);
  /** @type {Cluster[]} */
  const gathered = [];
  for (const { key } of order) {
    const cell = left.get(key);
    if (!cell) continue;
    left.delete(key);
    const middle = { x: cell.x, y: cell.y };
    let [x, y] = [cell.x * cell.count, cell.y * cell.count];
    for (let right = -around; right <= around; right += 1)
      for (let down = -around; down <= around; down += 1) {
        const other = left.get(key + right * across + down);
        if (!other || !isNearer(middle, other, reach)) continue;
        left.delete(key + right * across + down);
        x += other.x * other.count;
        y += other.y * other.count;
        joinGroup(cell, other, scale);
      }
    [cell.x, cell.y] = [x / cell.count, y / cell.count];
    gathered.push(cell);
  }
  return gathered;
}

/**
 * Join groups whose marks would touch, the smaller to the larger.
 *
 * @param {Cluster[]} groups
 * @param {number} scale
 */
function joinTouching(groups, scale) {
  /** @type {Cluster[]} */
  const kept = [];
  for (const group of groups.sort((a, b) => b.count - a.count)) {
    group.reach = clusterRadius(group, null) / scale;
    const near = kept.find((other) => isNearer(other, group, other.reach + group.reach + 1 / scale));
    if (near) joinGroup(near, group, scale);
    else kept.push(group);
  }
  return kept;
}

/**
 * @param {Pick<Cluster, "x" | "y">} one
 * @param {Pick<Cluster, "x" | "y">} other
 * @param {number} distance
 */
function isNearer(one, other, distance) {
  const dx = one.x - other.x;
  const dy = one.y - other.y;
  return dx * dx + dy * dy < distance * distance;
}

/**
 * @param {Cluster} into
 * @param {Cluster} group
 * @param {number} scale
 */
function joinGroup(into, group, scale) {
  into.count += group.count;
  into.amount += group.amount;
  into.reach = clusterRadius(into, null) / scale;
  group.parts.forEach((count, style) => {
    into.parts[style] += count;
  });
  for (const at of group.points) into.points.push(at);
}

/**
 * @param {Pick<Cluster, "count" | "amount">} cluster
 * @param {number | null} most
 */
export function clusterRadius({ count, amount }, most) {
  if (count === 1) return 6;
  return most === null ? 7 + 2.6 * Math.log10(count) : Math.max(6, 24 * Math.sqrt(most > 0 ? amount / most : 0));
}

/**
 * Tell whether so many points are in view that they are clustered.
 *
 * @param {Page} page
 * @param {Frame} frame
 */
export function isClustered(page, frame) {
  if (!page.view.clusters) return false;
  let count = 0;
  eachPointInView(page.drawnLocations.points, page.styles, frame, () => {
    count += 1;
  });
  return count > CLUSTERED_FROM;
}

/**
 * Return how many pixels the marks of clusters cover.
 *
 * @param {Page} page
 * @param {Frame} frame
 */
export function clusteredArea(page, frame) {
  return clustersOf(page, frame.scale).clusters.reduce((sum, { x, y, radius }) => {
    const [left, top] = [x * frame.scale + frame.left, y * frame.scale + frame.top];
    const isSeen = left > 0 && top > 0 && left < frame.width && top < frame.height;
    return isSeen ? sum + Math.PI * (radius + 1.5) ** 2 : sum;
  }, 0);
}

/**
 * @param {Page} page
 * @param {Canvas} pen
 * @param {Frame} frame
 */
export function paintClusters(page, pen, frame) {
  const { clusters } = clustersOf(page, frame.scale);
  const stamps = shapeStamps(5, frame.ratio);
  const half = stamps[0].width / frame.ratio / 2;
  for (const cluster of [...clusters].reverse()) {
    const [x, y] = [cluster.x * frame.scale + frame.left, cluster.y * frame.scale + frame.top];
    if (x < -30 || y < -30 || x > frame.width + 30 || y > frame.height + 30) continue;
    if (cluster.count === 1)
      pen.drawImage(stamps[cluster.parts.findIndex((count) => count > 0)], x - half, y - half, 2 * half, 2 * half);
    else paintCluster(pen, x, y, cluster);
  }
}

/**
 * @param {Canvas} pen
 * @param {number} x
 * @param {number} y
 * @param {Cluster} cluster
 */
function paintCluster(pen, x, y, { radius, count, places, parts }) {
  disc(pen, x, y, radius + 1.5, "#ffffff");
  let angle = -Math.PI / 2;
  parts.forEach((part, style) => {
    if (part === 0) return;
    const turn = (2 * Math.PI * part) / count;
    pen.beginPath();
    pen.moveTo(x, y);
    pen.arc(x, y, radius, angle, angle + turn);
    pen.fillStyle = STYLES[style].colour;
    pen.fill();
    angle += turn;
  });
  disc(pen, x, y, radius - 3, "#ffffff");
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.strokeStyle = "#26292e";
  pen.lineWidth = 0.9;
  pen.stroke();
  pen.font = `600 ${radius > 11 ? 11 : 9.5}px ${FONT}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillStyle = INK;
  pen.fillText(shortCount(places), x, y + 0.5);
}

/**
 * @param {Canvas} pen
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {string} colour
 */
function disc(pen, x, y, radius, colour) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fillStyle = colour;
  pen.fill();
}

/** @param {number} count */
function shortCount(count) {
  return count < 1000 ? String(count) : `${formatNumber(count / 1000, count < 10_000 ? 1 : 0)}k`;
}

/**
 * Return the cluster at a place on the map, or nothing.
 *
 * @param {Page} page
 * @param {number} x
 * @param {number} y
 * @param {number} scale
 */
export function clusterAt(page, x, y, scale) {
  return clustersOf(page, scale).clusters.find(
    (cluster) => Math.hypot(cluster.x - x, cluster.y - y) * scale <= cluster.radius + 3,
  );
}

/**
 * Return boxes of clusters on the screen, for names to keep clear of.
 *
 * @param {Page} page
 * @param {Frame} frame
 */
export function clusterBoxes(page, frame) {
  return clustersOf(page, frame.scale).clusters.map(({ x, y, radius }) => {
    const [left, top] = [x * frame.scale + frame.left, y * frame.scale + frame.top];
    return [left - radius, top - radius, left + radius, top + radius];
  });
}
