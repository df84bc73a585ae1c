import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport.IssueSeverity;
import ca.uhn.fhir.parser.IParser;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.NpmPackageValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r5.utils.validation.constants.BestPracticeWarningLevel;
import org.hl7.fhir.utilities.npm.NpmPackage;

/**
 * java -cp 'lib/*' Judge.java PACKAGES DOCUMENTS: HAPI FHIR's judgement of every JSON file in a folder, against FHIR R4 and the profiles that the
 * file claims, which come from the npm packages of another folder. Prints one JSON array: file, severity, at, id and message of each issue. No network.
 */
public class Judge {
  public static void main(String[] args) throws IOException {
    FhirContext fhir = FhirContext.forR4Cached();
    FhirValidator validator = fhir.newValidator().registerValidatorModule(instanceValidator(fhir, Path.of(args[0])));
    JsonArray issues = new JsonArray();
    for (Path document : filesIn(Path.of(args[1]), ".json")) {
      String json = Files.readString(document);
      for (SingleValidationMessage message : validator.validateWithResult(json).getMessages()) {
        JsonObject issue = new JsonObject();
        issue.addProperty("file", document.getFileName().toString());
        issue.addProperty("severity", message.getSeverity().getCode());
        issue.addProperty("at", message.getLocationString());
        issue.addProperty("id", message.getMessageId());
        issue.addProperty("message", message.getMessage());
        issues.add(issue);
      }
    }
    System.out.println(issues);
  }

  private static FhirInstanceValidator instanceValidator(FhirContext fhir, Path packages) throws IOException {
    NpmPackageValidationSupport npm = new NpmPackageValidationSupport(fhir);
    for (Path archive : filesIn(packages, ".tgz")) load(npm, archive, fhir.newJsonParser());
    UnknownCodeSystemWarningValidationSupport unknown = new UnknownCodeSystemWarningValidationSupport(fhir);
    unknown.setNonExistentCodeSystemSeverity(IssueSeverity.WARNING);
    FhirInstanceValidator validator =
        new FhirInstanceValidator(
            new ValidationSupportChain(
                npm,
                new Definitions(fhir),
                new CommonCodeSystemsTerminologyService(fhir),
                new InMemoryTerminologyServerValidationSupport(fhir),
                new SnapshotGeneratingValidationSupport(fhir),
                unknown));
    validator.setAnyExtensionsAllowed(true);
    validator.setErrorForUnknownProfiles(true);
    validator.setBestPracticeWarningLevel(BestPracticeWarningLevel.Ignore);
    return validator;
  }

  private static List<Path> filesIn(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }

  private static void load(NpmPackageValidationSupport support, Path archive, IParser parser) throws IOException {
    try (InputStream in = Files.newInputStream(archive)) {
      var folder = NpmPackage.fromPackage(in).getFolders().get("package");
      for (String file : folder.listFiles()) {
        if (!file.matches("(StructureDefinition|ValueSet|CodeSystem)-.*\\.json")) continue;
        support.addResource(parser.parseResource(new String(folder.fetchFile(file), StandardCharsets.UTF_8)));
      }
    }
  }

  /** FHIR's own definitions, also when a package asks for them with their version, by which HAPI doesn't find them. */
  private static final class Definitions extends DefaultProfileValidationSupport {
    Definitions(FhirContext fhir) {
      super(fhir);
    }

    private static String unversioned(String url) {
      return url == null ? null : url.replaceFirst("\\|4\\.0(\\.1)?$", "");
    }

    @Override
    public <T extends IBaseResource> T fetchResource(Class<T> type, String url) {
      return super.fetchResource(type, unversioned(url));
    }

    @Override
    public IBaseResource fetchStructureDefinition(String url) {
      return super.fetchStructureDefinition(unversioned(url));
    }

    @Override
    public IBaseResource fetchValueSet(String url) {
      return super.fetchValueSet(unversioned(url));
    }

    @Override
    public IBaseResource fetchCodeSystem(String url) {
      return super.fetchCodeSystem(unversioned(url));
    }
  }
}
