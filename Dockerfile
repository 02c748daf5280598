# Two stages: the SDK builds, the ASP.NET runtime runs. Both programs, actorstream and pbm, are in the image.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
# For the image's own platform, so that the code is compiled ahead (docs/adr/015-compiled-ahead.md).
RUN dotnet publish src/ActorStream.Node -c Release -r "linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')" -o /out --nologo \
 && dotnet publish src/ActorStream.Pbm -c Release -o /out --nologo

FROM mcr.microsoft.com/dotnet/aspnet:10.0
# Made while still root, so that a fresh volume mounted here belongs to the user who writes it.
RUN mkdir -p /var/lib/actorstream && chown 1654:1654 /var/lib/actorstream
COPY --from=build /out /opt/actorstream
COPY hocon /opt/actorstream/hocon
# ASPNETCORE_HTTP_PORTS: the base image sets it, and the settings decide where a node listens.
ENV PATH=/opt/actorstream:$PATH \
    ACTORSTREAM_DATA=/var/lib/actorstream \
    ASPNETCORE_HTTP_PORTS= \
    DOTNET_EnableDiagnostics=0
# The user "app" of the base image, by number: Kubernetes cannot check a name for runAsNonRoot.
USER 1654:1654
WORKDIR /var/lib/actorstream
VOLUME /var/lib/actorstream
EXPOSE 4053 8080 9110
# An array, so that the node itself receives SIGTERM and hands over.
ENTRYPOINT ["actorstream"]
CMD ["node"]
