"""How radiologists say the words that a general pronunciation dictionary lacks: our own table, in ARPAbet.

Words whose sounds the letter-to-sound rules get right anyway are here only where they are said all day. Building blocks
(`FRONTS`, `ENDS`) pronounce the thousands of compounds that no table holds: hydro + pneumothorax, pancreat + itis.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_WORDS = """
ap EY P IY; chf S IY EY CH EH F; copd S IY OW P IY D IY; ct S IY T IY; cta S IY T IY EY; dr D AA K T ER; iv AY V IY
ivc AY V IY S IY; mr EH M AA R; mri EH M AA R AY; pa P IY EY; pe P IY IY; svc EH S V IY S IY; tb T IY B IY
cm S EH N T AH M IY T ER; mm M IH L AH M IY T ER; vs V ER S AH S
adc EY D IY S IY; adenocarcinoma AE D AH N OW K AA R S AH N OW M AH; adenoma AE D AH N OW M AH
adenopathy AE D AH N AA P AH TH IY; adnexal AE D N EH K S AH L; adrenals AH D R IY N AH L Z; aerated EH R EY T AH D
aeration EH R EY SH AH N; agenesis EY JH EH N AH S AH S; airspace EH R S P EY S; alveolar AE L V IY AH L ER
aneurysmal AE N Y ER IH Z M AH L; angioma AE N JH IY OW M AH; angiography AE N JH IY AA G R AH F IY
angiomyolipoma AE N JH IY OW M AY OW L IH P OW M AH; ankylosing AE NG K AH L OW Z IH NG
anterolateral AE N T ER OW L AE T ER AH L; anterolisthesis AE N T ER OW L IH S TH IY S AH S
anteriorly AE N T IH R IY ER L IY; anteroposterior AE N T ER OW P AA S T IH R IY ER; antrum AE N T R AH M
apices EY P AH S IY Z; apical EY P IH K AH L; appendagitis AH P EH N D AH JH AY T AH S
appendiceal AE P AH N D IH SH AH L; appendicolith AH P EH N D IH K OW L IH TH; arachnoid AH R AE K N OY D
arteriovenous AA R T IH R IY OW V IY N AH S; arthropathy AA R TH R AA P AH TH IY; ascites AH S AY T IY Z
arthroplasty AA R TH R OW P L AE S T IY; astrocytoma AE S T R OW S AY T OW M AH
atelectases AE T AH L EH K T AH S IY Z; atelectasis AE T AH L EH K T AH S AH S; atelectatic AE T AH L EH K T AE T IH K
atherosclerotic AE TH ER OW S K L ER AA T IH K; atherosclerosis AE TH ER OW S K L ER OW S AH S
atheroma AE TH ER OW M AH; atrial EY T R IY AH L; atrophic AH T R AA F IH K; avascular EY V AE S K Y AH L ER
axilla AE K S IH L AH; axillary AE K S AH L EH R IY; azygos AE Z IH G AH S; basal B EY S AH L; basilar B AE S AH L ER
bibasilar B AY B AE S AH L ER; biapical B AY EY P IH K AH L; bihilar B AY HH AY L ER; biliary B IH L IY EH R IY
biventricular B AY V EH N T R IH K Y AH L ER; blunting B L AH N T IH NG
brachiocephalic B R EY K IY OW S AH F AE L IH K; brainstem B R EY N S T EH M; bronchi B R AA NG K AY
bronchial B R AA NG K IY AH L; bronchiectasis B R AA NG K IY EH K T AH S AH S
bronchiectatic B R AA NG K IY EH K T AE T IH K; bronchiolitis B R AA NG K IY OW L AY T AH S
bronchitic B R AA NG K IH T IH K; bronchogenic B R AA NG K OW JH EH N IH K; bronchogram B R AA NG K OW G R AE M
bronchograms B R AA NG K OW G R AE M Z; bronchopneumonia B R AA NG K OW N UW M OW N Y AH
bronchovascular B R AA NG K OW V AE S K Y AH L ER; bronchus B R AA NG K AH S; bulla B UH L AH; bullae B UH L IY
bullous B UH L AH S; calcific K AE L S IH F IH K; calcification K AE L S AH F AH K EY SH AH N
calcifications K AE L S AH F AH K EY SH AH N Z; calcified K AE L S AH F AY D; calculi K AE L K Y AH L AY
calvarium K AE L V EH R IY AH M; calvarial K AE L V EH R IY AH L; carcinoid K AA R S AH N OY D
carcinomatosis K AA R S AH N OW M AH T OW S AH S; cardiogenic K AA R D IY OW JH EH N IH K
cardiomediastinal K AA R D IY OW M IY D IY AH S T AY N AH L; cardiomegaly K AA R D IY OW M EH G AH L IY
cardiophrenic K AA R D IY OW F R EH N IH K; cardiopericardial K AA R D IY OW P EH R AH K AA R D IY AH L
cardiothoracic K AA R D IY OW TH AO R AE S IH K; carina K ER IY N AH; carinal K ER IY N AH L; caudate K AO D EY T
caval K EY V AH L; cavitary K AE V AH T EH R IY; cavitation K AE V AH T EY SH AH N
cavoatrial K EY V OW EY T R IY AH L; cecal S IY K AH L; cecum S IY K AH M; celiac S IY L IY AE K
cellulitis S EH L Y AH L AY T AH S; centrilobular S EH N T R AH L AA B Y AH L ER
cephalization S EH F AH L AH Z EY SH AH N; cerebellar S EH R AH B EH L ER; cerebellum S EH R AH B EH L AH M
chiari K IY AA R IY; chiasm K AY AE Z AH M; cholangitis K OW L AE N JH AY T AH S
cholangiocarcinoma K OW L AE N JH IY OW K AA R S AH N OW M AH; cholecystectomy K OW L AH S IH S T EH K T AH M IY
cholecystitis K OW L AH S IH S T AY T AH S; choledocholithiasis K OW L EH D AH K OW L AH TH AY AH S AH S
cholelithiasis K OW L AH L AH TH AY AH S AH S; chondral K AA N D R AH L; chondroid K AA N D R OY D
chondrosarcoma K AA N D R OW S AA R K OW M AH; cirrhotic S ER AA T IH K; clivus K L AY V AH S
coarctation K OW AA R K T EY SH AH N; coarsened K AO R S AH N D; colitis K OW L AY T AH S; colonic K OW L AA N IH K
comminuted K AA M AH N UW T AH D; condyle K AA N D AY L; consolidation K AH N S AA L AH D EY SH AH N
consolidative K AH N S AA L AH D EY T IH V; costal K AA S T AH L; contralateral K AA N T R AH L AE T ER AH L
costophrenic K AA S T OW F R EH N IH K; covid K OW V IH D; crohn K R OW N; cruciate K R UW SH IY EY T; cyst S IH S T
demineralization D IY M IH N ER AH L AH Z EY SH AH N; dextrocardia D EH K S T R OW K AA R D IY AH
dextroscoliosis D EH K S T R OW S K OW L IY OW S AH S; diaphragmatic D AY AH F R AE G M AE T IH K
diaphysis D AY AE F AH S AH S; discitis D IH S K AY T AH S; dissecans D IH S AH K AE N Z
distention D IH S T EH N SH AH N; diverticula D AY V ER T IH K Y AH L AH
diverticulitis D AY V ER T IH K Y AH L AY T AH S; diverticulosis D AY V ER T IH K Y AH L OW S AH S
dobbhoff D AA B HH AO F; duodenum D UW AH D IY N AH M; dural D UH R AH L; ectasia EH K T EY ZH AH
ectatic EH K T AE T IH K; edema AH D IY M AH; edematous AH D IY M AH T AH S; effaced IH F EY S T
effacement IH F EY S M AH N T; effusion IH F Y UW ZH AH N; effusions IH F Y UW ZH AH N Z; embolic EH M B AA L IH K
emboli EH M B AH L AY; embolus EH M B AH L AH S; emphysematous EH M F AH S EH M AH T AH S; empyema EH M P AY IY M AH
encephalomalacia EH N S EH F AH L OW M AH L EY SH AH; enchondroma EH N K AA N D R OW M AH
endobronchial EH N D OW B R AA NG K IY AH L; endotracheal EH N D OW T R EY K IY AH L; enteric EH N T EH R IH K
ependymoma AH P EH N D AH M OW M AH; epiploic EH P AH P L OW IH K; ethmoid EH TH M OY D
eventration IY V EH N T R EY SH AH N; exostosis EH K S AA S T OW S AH S; expansile IH K S P AE N S AY L
extraaxial EH K S T R AH AE K S IY AH L; extravasation IH K S T R AE V AH S EY SH AH N; falx F AE L K S
fibroma F AY B R OW M AH; fibrotic F AY B R AA T IH K; fissural F IH SH ER AH L; fistula F IH S CH AH L AH
foci F OW S AY; foramen F ER EY M AH N; foramina F ER AE M AH N AH; foraminal F ER AE M AH N AH L; fossa F AA S AH
fusiform F Y UW Z AH F AO R M; gadolinium G AE D AH L IH N IY AH M
gastroesophageal G AE S T R OW IH S AA F AH JH IY AH L; gastrostomy G AE S T R AA S T AH M IY; gated G EY T AH D
glenoid G L EH N OY D; glioblastoma G L IY OW B L AE S T OW M AH; glioma G L AY OW M AH; gliosis G L AY OW S AH S
granuloma G R AE N Y AH L OW M AH; granulomas G R AE N Y AH L OW M AH Z; granulomata G R AE N Y AH L OW M AH T AH
granulomatous G R AE N Y AH L OW M AH T AH S; groundglass G R AW N D G L AE S
gynecomastia G AY N AH K OW M AE S T IY AH; gyrus JH AY R AH S; hamartoma HH AE M AA R T OW M AH
hemangioma HH IY M AE N JH IY OW M AH; hematoma HH IY M AH T OW M AH; hemidiaphragm HH EH M IY D AY AH F R AE M
hemidiaphragms HH EH M IY D AY AH F R AE M Z; hemithorax HH EH M IY TH AO R AE K S
hemothorax HH IY M OW TH AO R AE K S; hepatic HH AH P AE T IH K; hepatocellular HH EH P AH T OW S EH L Y AH L ER
hepatomegaly HH EH P AH T OW M EH G AH L IY; herniation HH ER N IY EY SH AH N; heterotopia HH EH T ER OW T OW P IY AH
hiatal HH AY EY T AH L; hila HH AY L AH; hilar HH AY L ER; hilum HH AY L AH M; humeral HH Y UW M ER AH L
hydronephrosis HH AY D R OW N AH F R OW S AH S; hydropneumothorax HH AY D R OW N UW M OW TH AO R AE K S
hyperaeration HH AY P ER EH R EY SH AH N; hyperintense HH AY P ER IH N T EH N S
hypoaeration HH AY P OW EH R EY SH AH N; hypodense HH AY P OW D EH N S; hypodensity HH AY P OW D EH N S AH T IY
hypointense HH AY P OW IH N T EH N S; hypoplasia HH AY P OW P L EY ZH AH
hypoventilatory HH AY P OW V EH N T AH L AH T AO R IY; ileum IH L IY AH M; ileus IH L IY AH S; imaged IH M IH JH D
incisional IH N S IH ZH AH N AH L; indwelling IH N D W EH L IH NG; infarct IH N F AA R K T; infarcts IH N F AA R K T S
infiltrate IH N F IH L T R EY T; infiltrates IH N F IH L T R EY T S; inferiorly IH N F IH R IY ER L IY
inspiratory IH N S P AY R AH T AO R IY; interlobular IH N T ER L AA B Y AH L ER; interstitial IH N T ER S T IH SH AH L
interstitium IH N T ER S T IH SH IY AH M; intervertebral IH N T ER V ER T AH B R AH L
intraaxial IH N T R AH AE K S IY AH L; intracranial IH N T R AH K R EY N IY AH L
intraparenchymal IH N T R AH P ER EH NG K AH M AH L; intraperitoneal IH N T R AH P EH R AH T AH N IY AH L
intrathoracic IH N T R AH TH AO R AE S IH K; intraventricular IH N T R AH V EH N T R IH K Y AH L ER
intubated IH N T UW B EY T AH D; intubation IH N T UW B EY SH AH N; intussusception IH N T AH S AH S EH P SH AH N
isointense AY S OW IH N T EH N S; jejunum JH AH JH UW N AH M; kyphoplasty K AY F OW P L AE S T IY
kyphoscoliosis K AY F OW S K OW L IY OW S AH S; kyphosis K AY F OW S AH S; kyphotic K AY F AA T IH K
lacunar L AH K UW N ER; laminectomy L AE M AH N EH K T AH M IY; laparoscopic L AE P ER AH S K AA P IH K
leiomyoma L AY OW M AY OW M AH; levoscoliosis L IY V OW S K OW L IY OW S AH S; lingula L IH NG G Y AH L AH
lingular L IH NG G Y AH L ER; lipoma L AH P OW M AH; listhesis L IH S TH IY S AH S; lobar L OW B ER
lobectomy L OW B EH K T AH M IY; lobulated L AA B Y AH L EY T AH D; loculated L AA K Y AH L EY T AH D
lordotic L AO R D AA T IH K; lucencies L UW S AH N S IY Z; lucency L UW S AH N S IY; lumbar L AH M B AA R
lymphadenopathy L IH M F AE D AH N AA P AH TH IY; lymphangitic L IH M F AE N JH IH T IH K; lytic L IH T IH K
mastectomy M AE S T EH K T AH M IY; mastoid M AE S T OY D; medially M IY D IY AH L IY
mediastinal M IY D IY AH S T AY N AH L; mediastinum M IY D IY AH S T AY N AH M; mediport M EH D IY P AO R T
medullary M EH JH AH L EH R IY; meningioma M AH N IH N JH IY OW M AH; meniscus M AH N IH S K AH S
mesentery M EH S AH N T EH R IY; metaphysis M AH T AE F AH S AH S; metastases M AH T AE S T AH S IY Z
midlung M IH D L AH NG; midline M IH D L AY N; miliary M IH L IY EH R IY; mucinous M Y UW S AH N AH S
multifocal M AH L T IY F OW K AH L; multilobar M AH L T IY L OW B ER; myeloma M AY AH L OW M AH
myositis M AY OW S AY T AH S; nasogastric N EY Z OW G AE S T R IH K; neoplastic N IY OW P L AE S T IH K
nephrolithiasis N EH F R OW L AH TH AY AH S AH S; nephrostomy N AH F R AA S T AH M IY; nidus N AY D AH S
nodular N AA JH AH L ER; nodularity N AA JH AH L EH R AH T IY; nodule N AA JH UW L; nodules N AA JH UW L Z
noncalcified N AA N K AE L S AH F AY D; nondisplaced N AA N D IH S P L EY S T; occluded AH K L UW D AH D
obscuration AA B S K Y ER EY SH AH N; obscured AH B S K Y UH R D; opacification OW P AE S AH F AH K EY SH AH N
opacified OW P AE S AH F AY D; opacities OW P AE S AH T IY Z; opacity OW P AE S AH T IY; osseous AA S IY AH S
osteoarthritis AA S T IY OW AA R TH R AY T AH S; osteochondroma AA S T IY OW K AA N D R OW M AH
osteochondral AA S T IY OW K AA N D R AH L; osteoid AA S T IY OY D; osteolytic AA S T IY OW L IH T IH K
osteomyelitis AA S T IY OW M AY AH L AY T AH S; osteopenia AA S T IY OW P IY N IY AH
osteopenic AA S T IY OW P IY N IH K; osteophyte AA S T IY OW F AY T; osteophytes AA S T IY OW F AY T S
osteoporotic AA S T IY OW P ER AA T IH K; pacemaker P EY S M EY K ER; parahilar P EH R AH HH AY L ER
pancreatitis P AE N K R IY AH T AY T AH S; papillary P AE P AH L EH R IY; paranasal P EH R AH N EY Z AH L
parapneumonic P EH R AH N UW M AA N IH K; paraspinal P EH R AH S P AY N AH L; paratracheal P EH R AH T R EY K IY AH L
parenchyma P ER EH NG K AH M AH; parenchymal P ER EH NG K AH M AH L; parotid P ER AA T AH D; patellar P AH T EH L ER
pectus P EH K T AH S; pedicle P EH D AH K AH L; pericardial P EH R AH K AA R D IY AH L; perihilar P EH R AH HH AY L ER
peribronchial P EH R AH B R AA NG K IY AH L; perinephric P EH R AH N EH F R IH K; periosteal P EH R IY AA S T IY AH L
peritoneal P EH R AH T AH N IY AH L; peritoneum P EH R AH T AH N IY AH M
periventricular P EH R AH V EH N T R IH K Y AH L ER; phlebolith F L EH B AH L IH TH; phrenic F R EH N IH K
picc P IH K; pleura P L UH R AH; pleural P L UH R AH L; pneumatosis N UW M AH T OW S AH S
pneumobilia N UW M OW B IH L IY AH; pneumocephalus N UW M OW S EH F AH L AH S
pneumomediastinum N UW M OW M IY D IY AH S T AY N AH M; pneumonectomy N UW M AH N EH K T AH M IY
pneumonitis N UW M AH N AY T AH S; pneumopericardium N UW M OW P EH R AH K AA R D IY AH M
pneumoperitoneum N UW M OW P EH R AH T AH N IY AH M; pneumothoraces N UW M OW TH AO R AH S IY Z
pneumothorax N UW M OW TH AO R AE K S; pontine P AA N T IY N; portacath P AO R T AH K AE TH
posteriorly P AA S T IH R IY ER L IY; posterolateral P AA S T ER OW L AE T ER AH L; psoas S OW AH S
postoperative P OW S T AA P ER AH T IH V; pseudocyst S UW D OW S IH S T; pseudoaneurysm S UW D OW AE N Y ER IH Z AH M
pyelonephritis P AY AH L OW N AH F R AY T AH S; radiodense R EY D IY OW D EH N S; radiograph R EY D IY OW G R AE F
radiographs R EY D IY OW G R AE F S; radiographic R EY D IY OW G R AE F IH K; radiolucent R EY D IY OW L UW S AH N T
radiopaque R EY D IY OW P EY K; reticular R AH T IH K Y AH L ER; reticulonodular R AH T IH K Y AH L OW N AA JH AH L ER
retrocardiac R EH T R OW K AA R D IY AE K; retrolisthesis R EH T R OW L IH S TH IY S AH S
retroperitoneal R EH T R OW P EH R AH T AH N IY AH L; retrosternal R EH T R OW S T ER N AH L; sacral S EY K R AH L
sacrum S EY K R AH M; sagittal S AE JH AH T AH L; sarcoid S AA R K OY D; sarcoidosis S AA R K OY D OW S AH S
schwannoma SH W AA N OW M AH; sclerosis S K L ER OW S AH S; sclerotic S K L ER AA T IH K
scoliosis S K OW L IY OW S AH S; scoliotic S K OW L IY AA T IH K; segmental S EH G M EH N T AH L; septal S EH P T AH L
septum S EH P T AH M; sequela S AH K W EH L AH; sequelae S AH K W EH L IY; sinusitis S AY N AH S AY T AH S
sphenoid S F IY N OY D; spiculated S P IH K Y AH L EY T AH D; splenomegaly S P L IY N OW M EH G AH L IY
spondylitis S P AA N D AH L AY T AH S; spondylolisthesis S P AA N D AH L OW L IH S TH IY S AH S
spondylosis S P AA N D AH L OW S AH S; steatosis S T IY AH T OW S AH S; stenotic S T AH N AA T IH K
sternal S T ER N AH L; sternotomy S T ER N AA T AH M IY; subarachnoid S AH B AH R AE K N OY D
subcarinal S AH B K ER IY N AH L; subcentimeter S AH B S EH N T AH M IY T ER; subclavian S AH B K L EY V IY AH N
subcortical S AH B K AO R T IH K AH L; subcutaneous S AH B K Y UW T EY N IY AH S
subdiaphragmatic S AH B D AY AH F R AE G M AE T IH K; subdural S AH B D UH R AH L; subpleural S AH B P L UH R AH L
subsegmental S AH B S EH G M EH N T AH L; sulci S AH L S AY; sulcus S AH L K AH S; superiorly S UW P IH R IY ER L IY
suprahilar S UW P R AH HH AY L ER; supraclavicular S UW P R AH K L AH V IH K Y AH L ER
suprasellar S UW P R AH S EH L ER; sylvian S IH L V IY AH N; syrinx S IH R IH NG K S; tamponade T AE M P AH N EY D
teratoma T EH R AH T OW M AH; thecal TH IY K AH L; thoracic TH ER AE S IH K
thoracolumbar TH AO R AH K OW L AH M B AA R; thoracostomy TH AO R AH K AA S T AH M IY
thoracotomy TH AO R AH K AA T AH M IY; thrombus TH R AA M B AH S; thymoma TH AY M OW M AH; tibial T IH B IY AH L
tortuous T AO R CH AH W AH S; tortuosity T AO R CH UW AA S AH T IY; tracheal T R EY K IY AH L
tracheostomy T R EY K IY AA S T AH M IY; tuberculous T UW B ER K Y AH L AH S; ureter Y UH R AH T ER
ureteral Y UH R IY T ER AH L; varices V EH R AH S IY Z; vascularity V AE S K Y AH L EH R AH T IY
vasculature V AE S K Y AH L AH CH ER; vasogenic V EY Z OW JH EH N IH K
ventriculomegaly V EH N T R IH K Y AH L OW M EH G AH L IY; volvulus V AA L V Y AH L AH S; xray EH K S R EY
zygomatic Z AY G AH M AE T IH K
"""

_FRONTS = """
angio AE N JH IY OW; antero AE N T ER OW; broncho B R AA NG K OW; cardio K AA R D IY OW; cerebro S ER IY B R OW
chondro K AA N D R OW; costo K AA S T OW; cranio K R EY N IY OW; cysto S IH S T OW; dextro D EH K S T R OW
endo EH N D OW; extra EH K S T R AH; fibro F AY B R OW; gastro G AE S T R OW; hemi HH EH M IY; hemo HH IY M OW
hepato HH AH P AE T OW; hydro HH AY D R OW; hyper HH AY P ER; hypo HH AY P OW; infra IH N F R AH; inter IH N T ER
intra IH N T R AH; juxta JH AH K S T AH; kypho K AY F OW; lipo L IH P OW; macro M AE K R OW; mega M EH G AH
micro M AY K R OW; mid M IH D; multi M AH L T IY; myelo M AY AH L OW; nephro N EH F R OW; neuro N UH R OW; non N AA N
osteo AA S T IY OW; over OW V ER; para P EH R AH; peri P EH R AH; pleuro P L UH R OW; pneumo N UW M OW; poly P AA L IY
post P OW S T; postero P AA S T ER OW; pre P R IY; pseudo S UW D OW; radio R EY D IY OW; re R IY
reticulo R AH T IH K Y AH L OW; retro R EH T R OW; sub S AH B; supra S UW P R AH; thoraco TH AO R AH K OW
trans T R AE N Z; under AH N D ER; uni Y UW N AH; ventriculo V EH N T R IH K Y AH L OW; vertebro V ER T AH B R OW
"""

_ENDS = """
itis AY T AH S; osis OW S AH S; ectasis EH K T AH S AH S; ectasia EH K T EY ZH AH; ectomy EH K T AH M IY
ostomy AA S T AH M IY; otomy AA T AH M IY; omegaly OW M EH G AH L IY; opathy AA P AH TH IY; oplasty OW P L AE S T IY
oma OW M AH; omas OW M AH Z; omata OW M AH T AH; emia IY M IY AH; iasis AY AH S AH S; uria UH R IY AH
olysis AA L AH S AH S; ography AA G R AH F IY; oscopy AA S K AH P IY; olithiasis OW L AH TH AY AH S AH S
ocele OW S IY L; ogenic OW JH EH N IH K; algia AE L JH AH; blastoma B L AE S T OW M AH; sarcoma S AA R K OW M AH
carcinoma K AA R S AH N OW M AH; stenosis S T AH N OW S AH S; thorax TH AO R AE K S; cardium K AA R D IY AH M
"""

LETTER_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType({
    letter: tuple(spoken.split())
    for letter, spoken in zip(
        "abcdefghijklmnopqrstuvwxyz",
        (
            "EY,B IY,S IY,D IY,IY,EH F,JH IY,EY CH,AY,JH EY,K EY,EH L,EH M,EH N,OW,P IY,K Y UW,AA R,EH S,T IY,"
            "Y UW,V IY,D AH B AH L Y UW,EH K S,W AY,Z IY"
        ).split(","),
        strict=True,
    )
})
"""Letter -> how its name is said; abbreviations are spelled with it."""


def _table(text: str) -> Mapping[str, tuple[str, ...]]:
    """Entries divided by semicolons or lines, each a word and its sounds."""
    entries = [entry.split() for line in text.strip().splitlines() for entry in line.split(";")]
    return MappingProxyType({word: tuple(sounds) for word, *sounds in entries})


WORDS = _table(_WORDS)
"""Whole words."""
FRONTS = _table(_FRONTS)
"""First parts of compounds."""
ENDS = _table(_ENDS)
"""Last parts of compounds."""
