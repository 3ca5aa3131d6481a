NAME grid-demand
ROWS
 N cost
 L grid.import.within[0]
 L grid.import.within[1]
 E el.balance[0]
 E el.balance[1]
 L grid.peak-0-within
 G grid.peak-0-billed
 L grid.peak-1-within
 G grid.peak-1-billed
COLUMNS
 grid.import[0] cost 1
 grid.import[0] grid.import.within[0] 1
 grid.import[0] el.balance[0] 1
 grid.import[1] cost 0.5
 grid.import[1] grid.import.within[1] 1
 grid.import[1] el.balance[1] 1
 grid.export[0] cost -0.1
 grid.export[0] el.balance[0] -1
 grid.export[1] cost -0.1
 grid.export[1] el.balance[1] -1
 grid.connection cost 4
 grid.connection grid.peak-0-within -1
 grid.connection grid.peak-0-billed -0.4
 grid.connection grid.peak-1-within -1
 grid.connection grid.peak-1-billed -0.4
 grid.peak-0 cost 7
 grid.peak-0 grid.import.within[0] -1
 grid.peak-0 grid.peak-0-within 1
 grid.peak-0 grid.peak-0-billed 1
 grid.peak-1 cost 7
 grid.peak-1 grid.import.within[1] -1
 grid.peak-1 grid.peak-1-within 1
 grid.peak-1 grid.peak-1-billed 1
RHS
BOUNDS
 UP BND grid.import[0] 10
 UP BND grid.import[1] 5
 UP BND grid.export[0] 4
 UP BND grid.export[1] 4
 LO BND grid.connection 1
 UP BND grid.connection 10
 LO BND grid.peak-0 2
 UP BND grid.peak-0 10
 LO BND grid.peak-1 2
 UP BND grid.peak-1 10
ENDATA
