// What comes into a node, stacked upwards; what others take, downwards; the need as a line.
const colors = { grid: "#2f7ed8", direct_line: "#1d8a6b", pv: "#f2b632", wind: "#6fc3b2", chp: "#c8553d", boiler: "#a5533f", store: "#7b61b8", fleet: "#b48ad6", heat_pump: "#4aa5a5", hydrogen: "#8d99ae", source: "#b5813f", network: "#7f8c9a", moved: "#b5a642", surplus: "#c9ced4", unserved: "#d1002f" };

export const option = (d, look) => {
  const most = Math.max(...d.series.flatMap((s) => s.values.map(Math.abs)), ...d.need.values), mw = most >= 5000;
  const scale = mw ? 1000 : 1, unit = mw ? "MW" : "kW";
  const say = (v) => v.toLocaleString("en", { maximumFractionDigits: mw ? 1 : 0 });
  const at = (i) => (d.start + d.offset + i * d.step) * 1000;
  const points = (values) => [...values.map((v, i) => [at(i), v / scale]), [at(values.length), values[values.length - 1] / scale]];
  const layer = (s) => ({
    name: s.name, type: "line", step: "end", symbol: "none", animation: false, stack: s.into ? "in" : "out", stackStrategy: "all", lineStyle: { width: 0 },
    itemStyle: { color: colors[s.group] ?? "#8d99ae" }, areaStyle: { color: colors[s.group] ?? "#8d99ae", opacity: s.into ? 0.85 : 0.5 }, data: points(s.values),
  });
  return {
    useUTC: true,
    grid: { left: 12, right: 20, top: 56, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, type: "scroll", textStyle: { color: look.ink } },
    tooltip: { trigger: "axis", formatter: (ps) => [new Date(ps[0].value[0]).toISOString().slice(5, 16).replace("T", " "), ...ps.filter((p) => Math.abs(p.value[1]) > 1e-4).map((p) => `${p.seriesName}: ${say(p.value[1])} ${unit}`)].join("\n") },
    xAxis: { type: "time", min: at(0), max: at(d.need.values.length), axisLabel: { color: look.faint, hideOverlap: true, formatter: { day: "{MM}-{dd}", month: "{MM}-{dd}", year: "{MM}-{dd}", hour: "{HH}:{mm}", minute: "{HH}:{mm}" } }, axisLine: { onZero: false, lineStyle: { color: look.line } } },
    yAxis: { type: "value", name: unit, nameTextStyle: { color: look.faint, align: "left" }, axisLabel: { color: look.faint, formatter: say }, splitLine: { lineStyle: { color: look.line } } },
    series: [
      ...d.series.map(layer),
      { name: d.need.name, type: "line", step: "end", symbol: "none", animation: false, itemStyle: { color: "#111827" }, lineStyle: { color: "#111827", width: 2 }, data: points(d.need.values) },
    ],
  };
};
