NAME hydrogen
ROWS
 N cost
 L ely.input.within[0]
 L ely.input.within[1]
 L fc.input.within[0]
 L fc.input.within[1]
 E el.balance[0]
 E el.balance[1]
 E h2.balance[0]
 E h2.balance[1]
 E heat.balance[0]
 E heat.balance[1]
COLUMNS
 ely.input[0] ely.input.within[0] 1
 ely.input[0] el.balance[0] -1
 ely.input[0] h2.balance[0] 0.6
 ely.input[0] heat.balance[0] 0.2
 ely.input[1] ely.input.within[1] 1
 ely.input[1] el.balance[1] -1
 ely.input[1] h2.balance[1] 0.6
 ely.input[1] heat.balance[1] 0.2
 fc.input[0] fc.input.within[0] 1
 fc.input[0] el.balance[0] 0.5
 fc.input[0] h2.balance[0] -1
 fc.input[0] heat.balance[0] 0.3
 fc.input[1] fc.input.within[1] 1
 fc.input[1] el.balance[1] 0.5
 fc.input[1] h2.balance[1] -1
 fc.input[1] heat.balance[1] 0.3
 ely cost 3
 ely ely.input.within[0] -1
 ely ely.input.within[1] -1
 fc cost 3
 fc fc.input.within[0] -2
 fc fc.input.within[1] -2
RHS
BOUNDS
 LO BND ely 1
 UP BND ely 10
 LO BND fc 1
 UP BND fc 10
ENDATA
