"""Where weather forecasts and spot prices come from: files of the workspace, or a server."""
