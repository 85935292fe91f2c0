# The image of the connector: a static executable on a base with a shell, because the platform starts
# connectors through `sh` and uses `cat`, `mv`, `rm`, `kill` and `sleep`.
#
#   docker build -t source-jira .
#   docker buildx build --platform linux/amd64,linux/arm64 -t source-jira .
#
# `.ci/image` builds the final stage on another base, with a folder instead of the stage `build`.

# Each names a stage below, or with --build-arg an image.
ARG RUST_IMAGE=rust
ARG BASE=busybox

# By the digest of the index of all platforms. In stages of their own, because Dependabot does not update an ARG.
FROM rust:1.95-slim-bookworm@sha256:d7482085ff5b415f84dba5647ae71606650bdef00db7aeb69f4b3d170c3e4082 AS rust
FROM busybox:1.37-musl@sha256:5cec3fc171c87218698e85a52af7087de727372aae264a787b8112901a5b0092 AS busybox

# Runs on the architecture of the target (natively or in QEMU), without cross-compilation.
FROM ${RUST_IMAGE} AS build
ARG TARGETARCH
WORKDIR /src
COPY . .
# No position-independent executable: it is as fast, but its 1.4 MB of relocations (18.8 MB instead of 17.4) exceed the image's limit.
# Cache mounts hold the registry and the compiled dependencies, one target folder per architecture.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,id=source-jira-target-${TARGETARCH},target=/src/target \
    set -eu; \
    case "${TARGETARCH:-$(uname -m)}" in \
        amd64|x86_64) target=x86_64-unknown-linux-gnu ;; \
        arm64|aarch64) target=aarch64-unknown-linux-gnu ;; \
        *) echo "The architecture ${TARGETARCH:-$(uname -m)} is not supported." >&2; exit 1 ;; \
    esac; \
    RUSTFLAGS='-C target-feature=+crt-static -C relocation-model=static' \
        cargo build --locked --profile image --package source-jira --bin source-jira --target "$target"; \
    install -D -m 0755 "target/$target/image/source-jira" /out/source-jira; \
    install -D -m 0644 /etc/ssl/certs/ca-certificates.crt /out/ca-certificates.crt

FROM ${BASE} AS final
# Must equal the version in Cargo.toml and dockerImageTag in metadata.yaml; `.ci/image` compares them.
ARG VERSION=0.1.0

# Created without `adduser`, which the base may lack.
RUN echo 'airbyte:x:1000:1000:airbyte:/airbyte:/bin/sh' >> /etc/passwd \
    && echo 'airbyte:x:1000:' >> /etc/group \
    && mkdir -p /airbyte /tmp \
    && chown 1000:1000 /airbyte \
    && chmod 1777 /tmp

COPY --from=build /out/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/source-jira /usr/local/bin/source-jira

WORKDIR /airbyte
# By number: Kubernetes' runAsNonRoot does not accept names.
USER 1000:1000
# The platform evaluates AIRBYTE_ENTRYPOINT, other clients use ENTRYPOINT: the two must be equal.
ENV AIRBYTE_ENTRYPOINT="/usr/local/bin/source-jira"
ENTRYPOINT ["/usr/local/bin/source-jira"]

LABEL io.airbyte.name="source-jira" \
      io.airbyte.version="${VERSION}" \
      org.opencontainers.image.title="source-jira" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.source="https://github.com/source-jira/source-jira"
