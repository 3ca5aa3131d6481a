// Emissions by category upwards, what the limit allows downwards, and what is left of both as a line.
export const option = (d, look) => {
  const last = d.series.length - 1;
  return {
    grid: { left: 12, right: 16, top: 52, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, type: "scroll", textStyle: { color: look.ink } },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: (v) => `${v.toLocaleString("en", { maximumFractionDigits: 1 })} ${d.unit}` },
    xAxis: { type: "category", data: d.months, axisLabel: { color: look.faint }, axisLine: { onZero: true, lineStyle: { color: look.faint } } },
    yAxis: { type: "value", name: d.unit, nameTextStyle: { color: look.faint, align: "left" }, axisLabel: { color: look.faint, formatter: (v) => v.toLocaleString("en") }, splitLine: { lineStyle: { color: look.line } } },
    series: [
      ...d.series.map((s, i) => ({ name: s.name, type: "bar", stack: "all", data: s.values, barMaxWidth: 34, itemStyle: i === last ? { color: "#d5dce3" } : undefined })),
      { name: d.net_name, type: "line", data: d.net, symbolSize: 7, lineStyle: { width: 2 }, itemStyle: { color: "#d1495b" } },
    ],
  };
};
