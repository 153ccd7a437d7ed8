// Shows the API's description with Swagger UI, which is no module and leaves itself on the window.

/** @type {any} */
const page = window;
page.SwaggerUIBundle({
  dom_id: "#api",
  url: new URL("docs/openapi.json", document.baseURI).href,
  deepLinking: true,
  displayRequestDuration: true,
  // Would ask a service elsewhere for a badge.
  validatorUrl: null,
});
