// Step lines by time, such as the price of a kilowatt-hour more at each node.
export const option = (d, look) => {
  const at = (i) => (d.start + d.offset + i * d.step) * 1000;
  const say = (v) => v.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 3 });
  return {
    useUTC: true,
    grid: { left: 12, right: 20, top: 56, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, type: "scroll", textStyle: { color: look.ink } },
    tooltip: { trigger: "axis", formatter: (ps) => [new Date(ps[0].value[0]).toISOString().slice(5, 16).replace("T", " "), ...ps.map((p) => `${p.seriesName}: ${say(p.value[1])} ${d.unit}`)].join("\n") },
    xAxis: { type: "time", axisLabel: { color: look.faint, hideOverlap: true, formatter: { day: "{MM}-{dd}", month: "{MM}-{dd}", year: "{MM}-{dd}", hour: "{HH}:{mm}", minute: "{HH}:{mm}" } }, axisLine: { onZero: false, lineStyle: { color: look.line } } },
    yAxis: { type: "value", name: d.unit, nameTextStyle: { color: look.faint, align: "left" }, axisLabel: { color: look.faint, formatter: (v) => v.toLocaleString("en", { maximumFractionDigits: 2 }) }, splitLine: { lineStyle: { color: look.line } } },
    series: d.series.map((s) => ({ name: s.name, type: "line", step: "end", symbol: "none", animation: false, lineStyle: { width: 2 }, data: [...s.values, s.values[s.values.length - 1]].map((v, i) => [at(i), v]) })),
  };
};
