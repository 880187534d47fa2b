// How the editor says times and steps.

/** 0:12,3 or 1:02:09,0 */
export function time(milliseconds) {
  const tenths = Math.round(milliseconds / 100);
  const minutes = Math.floor(tenths / 600);
  const rest = `${String(Math.floor(tenths / 10) % 60).padStart(2, "0")},${tenths % 10}`;
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

export function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1).replace(".", ",")} giây`;
}

const span = (op) => `${time(op.from)} – ${time(op.to)}`;

/** What one step has done; `titles` maps ids of joined sounds to their names. */
export function step(op, titles) {
  switch (op.do) {
    case "cut": return `Cắt bỏ ${span(op)}`;
    case "trim": return `Chỉ giữ lại ${span(op)}`;
    case "fade_in": return `To dần ${span(op)}`;
    case "fade_out": return `Nhỏ dần ${span(op)}`;
    case "gain": return `${op.db > 0 ? "To hơn" : "Nhỏ hơn"} ${span(op)}`;
    case "silence": return `Thêm ${seconds(op.length)} lặng ở ${time(op.at)}`;
    default: return `Ghép ${titles.get(op.sound) || "một tiếng khác"} ở ${time(op.at)}`;
  }
}
