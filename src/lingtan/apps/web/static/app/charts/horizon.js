// Skill against simple rules and coverage, by horizon.
export const option = (d, look) => {
  const pc = (v) => (v == null ? "–" : `${(v * 100).toFixed(0)} %`);
  const axis = { axisLabel: { color: look.faint }, axisLine: { lineStyle: { color: look.line } } };
  const value = (name, extra) => ({ type: "value", name, nameTextStyle: { color: look.faint, align: "left" }, axisLabel: { color: look.faint, formatter: pc }, splitLine: { lineStyle: { color: look.line } }, ...extra });
  const want = (at) => ({ silent: true, symbol: "none", data: [{ yAxis: at }], lineStyle: { color: "#c0392b", type: "dashed" }, label: { formatter: pc(at), color: "#a61b2b", position: "insideEndTop" } });
  return {
    grid: [{ left: 12, width: "44%", top: 60, bottom: 8, containLabel: true }, { right: 16, width: "44%", top: 60, bottom: 8, containLabel: true }],
    legend: { top: 0, left: 0, type: "scroll", textStyle: { color: look.ink } },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: pc },
    xAxis: [{ type: "category", data: d.columns, gridIndex: 0, ...axis }, { type: "category", data: d.columns, gridIndex: 1, ...axis }],
    yAxis: [value(d.words["skill-axis"], { gridIndex: 0 }), value(d.words["covered-90"], { gridIndex: 1, min: 0, max: 1 })],
    series: [
      ...d.skill.map((s) => ({ name: s.name, type: "bar", data: s.values, barMaxWidth: 18 })),
      { name: d.words["covered-90"], type: "bar", xAxisIndex: 1, yAxisIndex: 1, data: d.coverage["90"], barMaxWidth: 26, itemStyle: { color: "#2f7ed8" }, markLine: want(0.9) },
      { name: d.words["covered-50"], type: "bar", xAxisIndex: 1, yAxisIndex: 1, data: d.coverage["50"], barMaxWidth: 26, itemStyle: { color: "#9cc4ee" }, markLine: want(0.5) },
    ],
  };
};
