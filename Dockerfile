# Conductor's image: the static binary and CA certificates, and nothing else.
#
# From source, where a registry can be reached:
#   docker build -t conductor .
# From a binary that is built already, without any base image (dist/ holds `conductor` and `ca-certificates.crt`):
#   docker build -t conductor --target prebuilt .
#
# What a container of it needs:
#   -v /var/run/docker.sock:/var/run/docker.sock   the engine
#   -v /var/lib/conductor:/var/lib/conductor       state, and files that containers bind; another directory of the host will do
#   -v /run/conductor:/run/conductor               secrets as files; has to be in memory on the host
#   -v /etc/conductor:/etc/conductor:ro            settings, unless CONDUCTOR_* variables hold them
# No VOLUME is declared: an anonymous volume in place of a forgotten mount would lose state, and hide the mistake.

# First, so that builders which run every stage before the wanted one run none but this.
FROM scratch AS prebuilt
ARG BINARY=dist/conductor
ARG CERTIFICATES=dist/ca-certificates.crt
COPY ${CERTIFICATES} /etc/ssl/certs/ca-certificates.crt
COPY ${BINARY} /usr/local/bin/conductor
ENV PATH=/usr/local/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt MALLOC_ARENA_MAX=2
ENTRYPOINT ["/usr/local/bin/conductor"]
CMD ["serve"]
LABEL org.opencontainers.image.title="Conductor" \
      org.opencontainers.image.description="GitOps for Docker Compose in one static binary" \
      org.opencontainers.image.licenses="Apache-2.0"

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --bin conductor \
 && install -D target/*/release/conductor /dist/conductor \
 && cp /etc/ssl/certs/ca-certificates.crt /dist/ca-certificates.crt

FROM scratch
COPY --from=build /dist/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /dist/conductor /usr/local/bin/conductor
ENV PATH=/usr/local/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt MALLOC_ARENA_MAX=2
ENTRYPOINT ["/usr/local/bin/conductor"]
CMD ["serve"]
LABEL org.opencontainers.image.title="Conductor" \
      org.opencontainers.image.description="GitOps for Docker Compose in one static binary" \
      org.opencontainers.image.licenses="Apache-2.0"
