NAME capture
ROWS
 N cost
 L ccus.input.within[0]
 L ccus.input.within[1]
 E co2.balance[0]
 E co2.balance[1]
 E el.balance[0]
 E el.balance[1]
COLUMNS
 stack.flow[0] co2.balance[0] -1
 stack.flow[1] co2.balance[1] -1
 ccus.input[0] cost 0.2
 ccus.input[0] ccus.input.within[0] 1
 ccus.input[0] co2.balance[0] -1
 ccus.input[0] el.balance[0] -0.3
 ccus.input[1] cost 0.2
 ccus.input[1] ccus.input.within[1] 1
 ccus.input[1] co2.balance[1] -1
 ccus.input[1] el.balance[1] -0.3
 ccus cost 3
 ccus ccus.input.within[0] -1
 ccus ccus.input.within[1] -1
RHS
BOUNDS
 LO BND ccus 1
 UP BND ccus 10
ENDATA
