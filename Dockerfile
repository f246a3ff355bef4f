# syntax=docker/dockerfile:1

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags=-s -o /portal ./cmd/portal

FROM debian:bookworm-slim
# voikko-fi is the Finnish dictionary; the portal reads its file and runs no program of it.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates voikko-fi \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --no-create-home --uid 10001 portal
COPY --from=build /portal /usr/local/bin/portal
USER 10001
ENV LISTEN_ADDR=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["portal", "health"]
ENTRYPOINT ["portal"]
CMD ["serve"]
