NAME grid-capacity
ROWS
 N cost
 E el.balance[0]
 E el.balance[1]
COLUMNS
 grid.import[0] cost 1
 grid.import[0] el.balance[0] 1
 grid.import[1] cost 0.5
 grid.import[1] el.balance[1] 1
RHS
 RHS cost -18
BOUNDS
 UP BND grid.import[0] 9
 UP BND grid.import[1] 9
ENDATA
