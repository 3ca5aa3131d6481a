NAME renewables
ROWS
 N cost
 L pv.power.within[0]
 L pv.power.within[1]
 L line.power.within[0]
 L line.power.within[1]
 E el.balance[0]
 E el.balance[1]
 L line.line[0]
 L line.line[1]
COLUMNS
 pv.power[0] pv.power.within[0] 1
 pv.power[0] el.balance[0] 1
 pv.power[1] pv.power.within[1] 1
 pv.power[1] el.balance[1] 1
 wind.power[0] cost 0.1
 wind.power[0] el.balance[0] 1
 wind.power[1] cost 0.1
 wind.power[1] el.balance[1] 1
 line.power[0] cost 0.285
 line.power[0] line.power.within[0] 1
 line.power[0] el.balance[0] 0.95
 line.power[0] line.line[0] 1
 line.power[1] cost 0.285
 line.power[1] line.power.within[1] 1
 line.power[1] el.balance[1] 0.95
 line.power[1] line.line[1] 1
 pv cost 3
 pv pv.power.within[0] -1
 pv pv.power.within[1] -0.5
 line cost 3
 line line.power.within[0] -1
 line line.power.within[1] -0.5
 line.line line.line[0] -1
 line.line line.line[1] -1
RHS
BOUNDS
 UP BND wind.power[0] 5
 UP BND wind.power[1] 2.5
 LO BND pv 1
 UP BND pv 10
 LO BND line 1
 UP BND line 10
 UP BND line.line 4
ENDATA
