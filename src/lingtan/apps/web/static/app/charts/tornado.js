// How far the cost moves with each number.
const say = (v) => `${v > 0 ? "+" : ""}${v.toLocaleString("en", { maximumFractionDigits: 1 })}`;
export const option = (d, look, place) => {
  const most = Math.max(...d.rows.map((r) => r.points.length));
  const span = Math.max(...d.rows.flatMap((r) => r.points.map((p) => Math.abs(p.change))), 1e-9);
  return {
    grid: { left: 8, right: 40, top: 16, bottom: 30, containLabel: true },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, formatter: (ps) => { const r = d.rows[ps[0].dataIndex]; return [r.name, ...r.points.map((p) => `× ${p.factor}: ${say(p.change)} ${d.unit}`)].join("\n"); } },
    xAxis: { type: "value", name: d.unit, nameLocation: "middle", nameGap: 26, nameTextStyle: { color: look.faint }, axisLabel: { color: look.faint, formatter: say }, splitLine: { lineStyle: { color: look.line } } },
    yAxis: { type: "category", data: d.rows.map((r) => r.name), axisLabel: { color: look.ink, width: place.clientWidth < 480 ? 110 : 220, overflow: "truncate" }, axisTick: { show: false }, axisLine: { show: false } },
    series: Array.from({ length: most }, (_, i) => ({ type: "bar", barGap: "-100%", barMaxWidth: 18, data: d.rows.map((r) => (r.points[i] ? { value: r.points[i].change, itemStyle: { color: r.points[i].factor < 1 ? "#2f7ed8" : "#f2a541", opacity: 0.85 } } : null)), label: { show: true, position: "inside", color: "#111", fontSize: 11, formatter: (p) => (d.rows[p.dataIndex].points[i] && Math.abs(p.value) > span * 0.08 ? `×${d.rows[p.dataIndex].points[i].factor}` : "") } })),
  };
};
