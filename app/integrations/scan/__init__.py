"""Looking at what people send us before anybody opens it."""
