NAME flexible
ROWS
 N cost
 E el.balance[0]
 E el.balance[1]
 E mill.backlog-balance[0]
 E mill.backlog-balance[1]
 E cars.content-balance[0]
 E cars.content-balance[1]
 L shop.left-out-energy
COLUMNS
 mill.put-off[0] cost 0.1
 mill.put-off[0] el.balance[0] 1
 mill.put-off[0] mill.backlog-balance[0] -1
 mill.put-off[1] cost 0.1
 mill.put-off[1] el.balance[1] 1
 mill.put-off[1] mill.backlog-balance[1] -0.5
 mill.caught-up[0] el.balance[0] -1
 mill.caught-up[0] mill.backlog-balance[0] 1
 mill.caught-up[1] el.balance[1] -1
 mill.caught-up[1] mill.backlog-balance[1] 0.5
 mill.backlog[0] mill.backlog-balance[0] 1
 mill.backlog[0] mill.backlog-balance[1] -1
 mill.backlog[1] mill.backlog-balance[1] 1
 shop.left-out[0] cost 3
 shop.left-out[0] el.balance[0] 1
 shop.left-out[0] shop.left-out-energy 1
 shop.left-out[1] cost 3
 shop.left-out[1] el.balance[1] 1
 shop.left-out[1] shop.left-out-energy 1
 cars.charge[0] el.balance[0] -1
 cars.charge[0] cars.content-balance[0] -0.9
 cars.charge[1] el.balance[1] -1
 cars.charge[1] cars.content-balance[1] -0.45
 cars.content[0] cars.content-balance[0] 1
 cars.content[0] cars.content-balance[1] -1
 cars.content[1] cars.content-balance[1] 1
 cars.discharge[0] cost 0.1
 cars.discharge[0] el.balance[0] 1
 cars.discharge[0] cars.content-balance[0] 1.11111111111
 cars.discharge[1] cost 0.1
 cars.discharge[1] el.balance[1] 1
 cars.discharge[1] cars.content-balance[1] 0.555555555556
RHS
 RHS el.balance[0] 3
 RHS el.balance[1] 2
 RHS cars.content-balance[0] 1.5
 RHS cars.content-balance[1] 0.25
 RHS shop.left-out-energy 0.4
BOUNDS
 UP BND mill.put-off[0] 1
 UP BND mill.put-off[1] 0.75
 UP BND mill.caught-up[0] 2
 UP BND mill.caught-up[1] 2
 UP BND mill.backlog[0] 2.75
 FX BND mill.backlog[1] 0
 UP BND shop.left-out[0] 0.5
 UP BND shop.left-out[1] 0.25
 UP BND cars.charge[0] 2
 UP BND cars.charge[1] 1
 UP BND cars.content[0] 9
 UP BND cars.content[1] 4.5
 UP BND cars.discharge[0] 1
 UP BND cars.discharge[1] 0.5
ENDATA
