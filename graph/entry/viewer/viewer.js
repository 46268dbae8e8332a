// Swagger UI on the merged document of this gateway: nothing is loaded from anywhere else.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#apis",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
