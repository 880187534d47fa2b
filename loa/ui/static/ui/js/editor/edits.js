// What a list of edits makes of a sound. The same rules as loa/media/editing/{edits,timeline}.py, to the millisecond:
// tests/browser/test_editor.py compares the two on random lists. Pure: no page, no sound.

export const SILENT = -1;
const RAMP_MS = 8;
const FADE_STEPS = 8;
const LEAST_PART_MS = 20;
const LEAST_SILENCE_MS = 100;
const MOST_SILENCE_MS = 60000;
const LEAST_MS = 500;
const MOST_MS = 60 * 60000;
const MIN_DB = -24;
const MAX_DB = 12;
const MOST_GAIN = 10 ** (MAX_DB / 20) * 1.001;
export const MOST_OPS = 300;

export class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/**
 * {pieces: [{source, start, length, curves}], joined: [ids], length}. Throws Refused.
 * `unfinished`: three hours may be too long for now, since more will be cut.
 */
export function lay(edits, length, unfinished = false) {
  let pieces = [{ source: 0, start: 0, length, curves: [] }];
  const joined = [];
  for (const op of edits.ops) {
    check(op, total(pieces));
    if (op.do === "join") joined.push(op.sound);
    pieces = merged(applied(op, pieces, joined.length));
  }
  const whole = total(pieces);
  if (whole < LEAST_MS) throw new Refused("edit_nothing_left");
  if (whole > MOST_MS && !unfinished) throw new Refused("edit_too_long");
  return { pieces, joined, length: whole };
}

/** [source, time in it] of a time of the result. */
export function old(line, time) {
  let at = 0;
  for (const piece of line.pieces) {
    if (time < at + piece.length) return [piece.source, piece.start + time - at];
    at += piece.length;
  }
  return null;
}

/** The factor of a curve at a time of its source. */
export function factor(curve, time) {
  const { points } = curve;
  if (time <= points[0][0]) return points[0][1];
  for (let i = 1; i < points.length; i += 1) {
    const [start, low] = points[i - 1];
    const [end, high] = points[i];
    if (time <= end) return low + ((high - low) * (time - start)) / (end - start);
  }
  return points[points.length - 1][1];
}

/** Where loudness bends within a part of a piece: [[ms from its start, factor]], ramps of seams included. */
export function bends(piece, from, length, seams) {
  const ramp = Math.min(RAMP_MS, piece.length / 2);
  const times = new Set([from, from + length]);
  const add = (time) => { if (time > from && time < from + length) times.add(time); };
  for (const curve of piece.curves) for (const [time] of curve.points) add(time - piece.start);
  if (seams[0]) add(ramp);
  if (seams[1]) add(piece.length - ramp);
  return [...times].sort((one, two) => one - two).map((time) => {
    let level = piece.curves.reduce((product, curve) => product * factor(curve, piece.start + time), 1);
    if (seams[0]) level *= Math.min(time / ramp, 1);
    if (seams[1]) level *= Math.min((piece.length - time) / ramp, 1);
    return [time - from, level];
  });
}

function total(pieces) {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

function check(op, whole) {
  if (op.do === "silence" || op.do === "join") {
    if (!(op.at >= 0 && op.at <= whole)) throw new Refused("edit_outside");
    if (op.do === "silence" && !(op.length >= LEAST_SILENCE_MS && op.length <= MOST_SILENCE_MS)) throw new Refused("edit_silence");
    if (op.do === "join" && !(op.length > 0 && op.length <= MOST_MS)) throw new Refused("edit_too_long");
    return;
  }
  if (!(op.from >= 0 && op.from < op.to && op.to <= whole)) throw new Refused("edit_outside");
  if (op.to - op.from < LEAST_PART_MS) throw new Refused("edit_too_small");
  if (op.do === "gain" && !(op.db >= MIN_DB && op.db <= MAX_DB)) throw new Refused(op.db > MAX_DB ? "edit_too_loud" : "edit_too_quiet");
}

function applied(op, pieces, joined) {
  const whole = total(pieces);
  if (op.do === "cut") return [...between(pieces, 0, op.from), ...between(pieces, op.to, whole)];
  if (op.do === "trim") return between(pieces, op.from, op.to);
  if (op.do === "silence" || op.do === "join") {
    const put = { source: op.do === "join" ? joined : SILENT, start: 0, length: op.length, curves: [] };
    return [...between(pieces, 0, op.at), put, ...between(pieces, op.at, whole)];
  }
  return shaped(pieces, op.from, op.to, curveOf(op, whole));
}

function between(pieces, start, end) {
  const found = [];
  let at = 0;
  for (const piece of pieces) {
    const low = Math.max(start - at, 0);
    const high = Math.min(end - at, piece.length);
    if (low < high) found.push({ ...piece, start: piece.source === SILENT ? 0 : piece.start + low, length: high - low });
    at += piece.length;
  }
  return found;
}

// Python rounds halves to even, so both do.
function rounded(number) {
  const down = Math.floor(number);
  if (number - down !== 0.5) return Math.round(number);
  return down % 2 ? down + 1 : down;
}

function curveOf(op, whole) {
  if (op.do === "gain") {
    const level = 10 ** (op.db / 20);
    const ramp = Math.min(RAMP_MS, Math.floor((op.to - op.from) / 2));
    const inner = op.from + ramp === op.to - ramp ? [[op.from + ramp, level]] : [[op.from + ramp, level], [op.to - ramp, level]];
    return { points: [[op.from, 1], ...inner, [op.to, 1]], fades: false };
  }
  const share = (op.to - op.from) / FADE_STEPS;
  const points = [];
  for (let step = 0; step <= FADE_STEPS; step += 1) {
    const rise = op.do === "fade_in" ? step / FADE_STEPS : 1 - step / FADE_STEPS;
    points.push([op.from + rounded(step * share), rise ** 2]);
  }
  if (op.do === "fade_in" && op.from > 0) points.unshift([op.from - RAMP_MS, 1]);
  if (op.do === "fade_out" && op.to < whole) points.push([op.to + RAMP_MS, 1]);
  return { points, fades: true };
}

function shaped(pieces, start, end, curve) {
  const first = curve.points[0][0];
  const last = curve.points[curve.points.length - 1][0];
  let at = 0;
  return pieces.map((piece) => {
    const by = piece.start - at;
    const touched = piece.source !== SILENT && at < last && first < at + piece.length;
    at += piece.length;
    if (!touched) return piece;
    const own = { points: curve.points.map(([time, level]) => [time + by, level]), fades: curve.fades };
    checkCurves(piece, own, start + by, end + by);
    return { ...piece, curves: [...piece.curves, own] };
  });
}

function checkCurves(piece, added, start, end) {
  const meets = (curve) => curve.points[0][0] < end && start < curve.points[curve.points.length - 1][0];
  if (added.fades && piece.curves.some((curve) => curve.fades && meets(curve))) throw new Refused("edit_fades_overlap");
  const curves = [...piece.curves, added];
  const close = piece.start + piece.length;
  const times = curves.flatMap((curve) => curve.points.map(([time]) => time)).filter((time) => time >= piece.start && time <= close);
  for (const time of [...times, piece.start, close]) {
    if (curves.reduce((product, curve) => product * factor(curve, time), 1) > MOST_GAIN) throw new Refused("edit_too_loud");
  }
}

function merged(pieces) {
  const kept = [];
  for (const piece of pieces) {
    const before = kept[kept.length - 1];
    if (before && follows(before, piece)) kept[kept.length - 1] = { ...before, length: before.length + piece.length };
    else kept.push(piece);
  }
  return kept;
}

function follows(one, two) {
  const same = one.source === two.source && JSON.stringify(one.curves) === JSON.stringify(two.curves);
  return same && (one.source === SILENT || one.start + one.length === two.start);
}
