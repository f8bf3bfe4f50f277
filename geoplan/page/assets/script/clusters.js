// Clusters: where points are dense, one round mark stands for many, with their number and the parts of components.

// More points than this in view are clustered.
const CLUSTERED_FROM = 250;
const CLUSTER_CELL = 64;

/** Return the clusters and single points at a zoom; they are the same wherever the map is moved to. */
function clustersOf(page, scale) {
  const known = page.clusters;
  if (known && known.scale === scale && known.styles === page.styles) return known;
  const { points } = page.drawnLocations;
  const grouped = gatherPoints(points, page.styles, page.sizes.amount, CLUSTER_CELL / scale);
  const clusters = joinTouching(grouped, scale);
  const most = clusters.reduce((largest, { amount }) => Math.max(largest, amount), 0);
  for (const cluster of clusters) {
    cluster.radius = clusterRadius(cluster, page.view.sized ? most : null);
    cluster.places = countPlaces(page, cluster);
  }
  page.clusters = { scale, styles: page.styles, clusters: clusters.sort((a, b) => b.count - a.count), most };
  return page.clusters;
}

/** Count the locations of a cluster: a hexagon stands for many. */
function countPlaces(page, { count, points }) {
  const { stands } = page.data.locations;
  const { location } = page.drawnLocations.points;
  return stands ? points.reduce((sum, at) => sum + stands[location[at]], 0) : count;
}

/** Gather points by cells of a grid: where their middle is, how many, of which style, and how much money. */
function gatherPoints({ xs, ys, location }, styles, amounts, cell) {
  const cells = new Map();
  // Cells are counted from outside the world, so that keys are whole numbers above zero.
  const across = 2 * Math.ceil(WORLD / cell) + 2;
  for (let at = 0; at < xs.length; at += 1) {
    const style = styles[location[at]];
    if (style < 0) continue;
    const key = (Math.floor(xs[at] / cell) + across / 2) * across + (Math.floor(ys[at] / cell) + across / 2);
    let group = cells.get(key);
    if (!group) cells.set(key, (group = { x: 0, y: 0, count: 0, amount: 0, parts: new Uint32Array(STYLES.length), points: [] }));
    group.x += xs[at];
    group.y += ys[at];
    group.count += 1;
    group.amount += amounts[location[at]];
    group.parts[style] += 1;
    group.points.push(at);
  }
  const groups = [...cells.values()];
  for (const group of groups) {
    group.x /= group.count;
    group.y /= group.count;
  }
  return groups;
}

/** Join groups whose marks would touch, the smaller to the larger. */
function joinTouching(groups, scale) {
  const kept = [];
  for (const group of groups.sort((a, b) => b.count - a.count)) {
    group.reach = clusterRadius(group, null) / scale;
    const near = kept.find((other) => isNearer(other, group, other.reach + group.reach + 1 / scale));
    if (near) joinGroup(near, group, scale);
    else kept.push(group);
  }
  return kept;
}

function isNearer(one, other, distance) {
  const dx = one.x - other.x;
  const dy = one.y - other.y;
  return dx * dx + dy * dy < distance * distance;
}

function joinGroup(into, group, scale) {
  into.count += group.count;
  into.amount += group.amount;
  into.reach = clusterRadius(into, null) / scale;
  group.parts.forEach((count, style) => {
    into.parts[style] += count;
  });
  for (const at of group.points) into.points.push(at);
}

function clusterRadius({ count, amount }, most) {
  if (count === 1) return 6;
  return most === null ? 7 + 2.6 * Math.log10(count) : Math.max(6, 24 * Math.sqrt(most > 0 ? amount / most : 0));
}

/** Tell whether so many points are in view that they are clustered. */
function isClustered(page, frame) {
  if (!page.view.clusters) return false;
  let count = 0;
  eachPointInView(page.drawnLocations.points, page.styles, frame, () => {
    count += 1;
  });
  return count > CLUSTERED_FROM;
}

function paintClusters(page, pen, frame) {
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

function disc(pen, x, y, radius, colour) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fillStyle = colour;
  pen.fill();
}

function shortCount(count) {
  return count < 1000 ? String(count) : `${formatNumber(count / 1000, count < 10_000 ? 1 : 0)}k`;
}

/** Return the cluster at a place on the map, or nothing. */
function clusterAt(page, x, y, scale) {
  return clustersOf(page, scale).clusters.find(
    (cluster) => Math.hypot(cluster.x - x, cluster.y - y) * scale <= cluster.radius + 3,
  );
}

/** Show what a cluster stands for: nearer, or as a list where its points are at one place. */
function openCluster(page, cluster) {
  const { points, location } = { points: cluster.points, location: page.drawnLocations.points.location };
  const { xs, ys } = page.drawnLocations.points;
  const [x0, y0] = page.projection.origin;
  const corners = points.map((at) => page.map.unproject([xs[at] + x0, ys[at] + y0], 0));
  const bounds = L.latLngBounds(corners);
  const zoom = Math.min(page.map.getMaxZoom(), 17);
  const target = Math.min(page.map.getBoundsZoom(bounds.pad(0.15)), page.map.getZoom() + 2.5);
  if (page.map.getZoom() < zoom - 0.5 && target > page.map.getZoom()) {
    page.map.setView(bounds.getCenter(), target, { animate: !matchMedia("(prefers-reduced-motion: reduce)").matches });
    return;
  }
  page.select({ type: "place", projects: projectsAt(page, points.map((at) => location[at])) });
}

function projectsAt(page, locations) {
  return [...new Set(locations.map((location) => page.data.locations.project[location]))];
}

/** Return boxes of clusters on the screen, for names to keep clear of. */
function clusterBoxes(page, frame) {
  return clustersOf(page, frame.scale).clusters.map(({ x, y, radius }) => {
    const [left, top] = [x * frame.scale + frame.left, y * frame.scale + frame.top];
    return [left - radius, top - radius, left + radius, top + radius];
  });
}
