using System.Text.Json.Nodes;
using ActorStream.Edge.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;

namespace ActorStream.Edge.Docs;

/// <summary>What the OpenAPI document says of a route. The handlers read bodies and queries themselves, so nothing is inferred.</summary>
internal static class RouteDocs
{
    private const string Json = "application/json";

    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder route, string tag, string summary, string? replyExample)
        => route.WithTags(tag).WithSummary(summary).AddOpenApiOperationTransformer((operation, context, _) =>
        {
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<RouteAccess>().LastOrDefault()?.Scope is { } scope)
                operation.Description = $"Where tokens are asked for: needs the scope {scope}.";
            operation.Responses = new OpenApiResponses
            {
                ["200"] = new OpenApiResponse { Description = "OK", Content = Content(Json, replyExample) },
                ["4XX"] = new OpenApiResponse { Description = "Refused; 'detail' says why and what to do", Content = Content("application/problem+json", null) },
                ["503"] = new OpenApiResponse { Description = "Certainly not done; may be repeated after Retry-After", Content = Content("application/problem+json", null) },
            };
            return Task.CompletedTask;
        });

    public static RouteHandlerBuilder Body(this RouteHandlerBuilder route, string example, bool ndJsonToo = false)
        => route.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            var content = Content(Json, example);
            if (ndJsonToo)
                content["application/x-ndjson"] = new OpenApiMediaType();
            operation.RequestBody = new OpenApiRequestBody { Required = true, Content = content };
            return Task.CompletedTask;
        });

    public static RouteHandlerBuilder Query(this RouteHandlerBuilder route, string name, string description) => route.Parameter(ParameterLocation.Query, name, description);

    public static RouteHandlerBuilder Header(this RouteHandlerBuilder route, string name, string description) => route.Parameter(ParameterLocation.Header, name, description);

    private static RouteHandlerBuilder Parameter(this RouteHandlerBuilder route, ParameterLocation place, string name, string description)
        => route.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter { Name = name, In = place, Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
            return Task.CompletedTask;
        });

    private static Dictionary<string, OpenApiMediaType> Content(string type, string? example)
        => new() { [type] = new OpenApiMediaType { Example = example is null ? null : JsonNode.Parse(example) } };
}
