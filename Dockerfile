# The operator as an image: docs/image.md. Either base is yours to choose: both bring Node.js 24, the first npm and a shell as well.
ARG BUILD_BASE=node:24-trixie-slim
ARG RUN_BASE=node:24-trixie-slim

FROM ${BUILD_BASE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
# A registry of your own comes with an npmrc, given as a secret: it stays out of the image and its history.
RUN --mount=type=secret,id=npmrc NPM_CONFIG_USERCONFIG=/run/secrets/npmrc npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node esbuild.config.js && mkdir /build/store

FROM ${RUN_BASE}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="assay" \
      org.opencontainers.image.description="Judges certification criteria against the monitoring that is already there, all the time." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /build/dist /opt/assay
# The folders above the store stay root's, also on a base that has none; a new volume takes over the owner of the store.
WORKDIR /var/lib
COPY --from=build --chown=65532:65532 /build/store assay
# Where node lies in most images, and in images without a shell. The rest is measured: docs/image.md.
ENV PATH=/usr/local/bin:/usr/bin:/bin:/nodejs/bin \
    NODE_ENV=production \
    NODE_OPTIONS="--max-semi-space-size=2 --max-old-space-size=256" \
    MALLOC_ARENA_MAX=1
USER 65532:65532
WORKDIR /var/lib/assay
VOLUME /var/lib/assay
EXPOSE 8080
# Not npm and not a shell: signals reach the program itself.
ENTRYPOINT ["node", "/opt/assay/bin/main.js"]
CMD ["controller", "--store=/var/lib/assay/evidence.db", "--host=0.0.0.0"]
