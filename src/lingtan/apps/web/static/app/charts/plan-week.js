// A week hour by hour: what is brought upwards, what is taken downwards.
const say = (v) => v.toLocaleString("en", { maximumFractionDigits: 2 });
export const option = (d, look) => {
  const colors = [...look.palette, "#c2703d", "#5b7f2b", "#a05195", "#39597a", "#d4a5a5", "#7f7f7f"];
  const area = (x, i, stack) => ({ name: x.name, type: "line", stack, symbol: "none", step: "end", animation: false, lineStyle: { width: 0.5 }, areaStyle: { opacity: stack === "up" ? 0.85 : 0.55 }, itemStyle: { color: colors[i % colors.length] }, data: x.values });
  return {
    grid: { left: 12, right: 20, top: 60, bottom: 46, containLabel: true },
    legend: { top: 0, left: 0, type: "scroll", textStyle: { color: look.ink } },
    tooltip: { trigger: "axis", formatter: (ps) => [ps[0].axisValue, ...ps.filter((p) => Math.abs(p.value) > 0.0005).map((p) => `${p.seriesName}: ${say(p.value)} ${d.unit}`)].join("\n") },
    xAxis: { type: "category", boundaryGap: false, data: d.times, axisLabel: { color: look.faint, interval: 23, formatter: (v) => v.slice(0, 5) }, axisLine: { onZero: true, lineStyle: { color: look.faint } } },
    yAxis: { type: "value", name: d.unit, nameTextStyle: { color: look.faint, align: "left" }, axisLabel: { color: look.faint, formatter: (v) => v.toLocaleString("en") }, splitLine: { lineStyle: { color: look.line } } },
    dataZoom: [{ type: "inside" }, { type: "slider", height: 22, bottom: 6, labelFormatter: "" }],
    series: [...d.up.map((x, i) => area(x, i, "up")), ...d.down.map((x, i) => area(x, i + d.up.length, "down"))],
  };
};
